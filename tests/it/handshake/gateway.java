import java.net.*;
import java.util.*;

/** A Gateway that is sick in one way: how, then the port or 0. */
public class Gateway {
    public static void main(String[] arguments) throws Exception {
        var kept = new ArrayList<Object>();
        int port = 0;
        if (!arguments[0].equals("starting")) {
            var listener = new ServerSocket(Integer.parseInt(arguments[1]), 5);
            kept.add(listener);
            port = listener.getLocalPort();
            if (arguments[0].equals("mute")) {
                new Thread(() -> read(listener, kept)).start();
            }
        }
        System.out.println(port);
        System.in.read();
        System.exit(0);
    }

    /** Reads what comes, and neither answers nor closes. */
    static void read(ServerSocket listener, List<Object> kept) {
        try {
            while (true) {
                var client = listener.accept();
                kept.add(client);
                new Thread(() -> {
                    try { while (client.getInputStream().read() >= 0) { } }
                    catch (java.io.IOException gone) { }
                }).start();
            }
        } catch (java.io.IOException gone) { }
    }
}
