import java.net.*;
import java.util.*;

/** A Gateway that is sick in one way: how, then the port or 0. */
public class Gateway {
    public static void main(String[] arguments) throws Exception {
        var kept = new ArrayList<Object>();
        int port = 0;
        if (!arguments[0].equals("starting")) {
            int backlog = arguments[0].equals("slow") ? 50 : 5;
            var listener = new ServerSocket(Integer.parseInt(arguments[1]), backlog);
            kept.add(listener);
            port = listener.getLocalPort();
            switch (arguments[0]) {
                case "mute" -> new Thread(() -> read(listener, kept, false, false)).start();
                case "greets" -> new Thread(() -> read(listener, kept, true, true)).start();
                case "greets-and-keeps" -> new Thread(() -> read(listener, kept, true, false)).start();
                case "slow" -> new Thread(() -> accept(listener, kept)).start();
                default -> { }
            }
        }
        System.out.println(port);
        System.in.read();
        System.exit(0);
    }

    /** Reads what comes; sends its version, and closes after its client, if so told. */
    static void read(ServerSocket listener, List<Object> kept, boolean greets, boolean closes) {
        try {
            while (true) {
                var client = listener.accept();
                kept.add(client);
                new Thread(() -> {
                    try {
                        if (client.getInputStream().read() >= 0 && greets) {
                            var version = "178\00020261127 07:00:00 UTC\000".getBytes();
                            client.getOutputStream().write(new byte[] {0, 0, 0, (byte) version.length});
                            client.getOutputStream().write(version);
                        }
                        while (client.getInputStream().read() >= 0) { }
                        if (closes) client.close();
                    } catch (java.io.IOException gone) { }
                }).start();
            }
        } catch (java.io.IOException gone) { }
    }

    /** Takes one connection every three seconds. */
    static void accept(ServerSocket listener, List<Object> kept) {
        try {
            while (true) {
                Thread.sleep(3000);
                kept.add(listener.accept());
            }
        } catch (java.io.IOException | InterruptedException gone) { }
    }
}
