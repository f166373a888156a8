import java.io.*;
import java.net.*;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A Gateway in a JVM that speaks as much of the API as a held session asks, and ends with its standard
 * input. Arguments: the port, a mode, whose times count from the first session, and how often
 * longer they are.
 *
 * normal, mute (silent from 2 s on), hang-new (further sessions get no answer for 15 s), farm (2103 after
 * 1 s, 2104 after 4 s), stops-accepting (from 1 s to 15 s after the first session).
 */
public class Gateway {
    static volatile long first;
    static final AtomicInteger sessions = new AtomicInteger();
    static String mode;
    static double scale = 1;

    static double age() {
        return first == 0 ? 0 : (System.nanoTime() - first) / 1e9 / scale;
    }

    public static void main(String[] arguments) throws Exception {
        mode = arguments[1];
        scale = arguments.length > 2 ? Double.parseDouble(arguments[2]) : 1;
        var listener = new ServerSocket();
        listener.setReuseAddress(true);
        listener.bind(new InetSocketAddress("127.0.0.1", Integer.parseInt(arguments[0])), 50);
        System.out.println("listening on 127.0.0.1:" + listener.getLocalPort());
        var acceptor = new Thread(() -> accept(listener));
        acceptor.setDaemon(true);
        acceptor.start();
        while (System.in.read() >= 0) {
        }
        System.exit(0);
    }

    static void accept(ServerSocket listener) {
        try {
            while (true) {
                var client = listener.accept();
                var thread = new Thread(() -> serve(client));
                thread.setDaemon(true);
                thread.start();
                while (mode.equals("stops-accepting") && first != 0 && age() < 15) {
                    Thread.sleep(50);
                }
            }
        } catch (Exception over) {
            // The listener is closed.
        }
    }

    static void serve(Socket client) {
        try (client) {
            int number = sessions.incrementAndGet();
            var in = new DataInputStream(client.getInputStream());
            var out = new DataOutputStream(client.getOutputStream());
            if (mode.equals("hang-new") && number > 1 && age() < 15) {
                while (in.read() >= 0) {
                }
                return;
            }
            in.readNBytes(4);
            in.readNBytes(in.readInt());
            send(out, "176", "20261127 10:00:00 GMT");
            while (true) {
                var request = new String(in.readNBytes(in.readInt()), StandardCharsets.US_ASCII);
                var kind = request.substring(0, request.indexOf('\0'));
                if (kind.equals("71")) {
                    if (first == 0) {
                        first = System.nanoTime();
                    }
                    send(out, "15", "1", "DU9000021");
                    send(out, "9", "1", "1");
                    if (mode.equals("farm")) {
                        farm(out);
                    }
                } else if (kind.equals("49") && !(mode.equals("mute") && age() > 2)) {
                    send(out, "49", "1", Long.toString(System.currentTimeMillis() / 1000));
                }
            }
        } catch (Exception over) {
            // The client has left.
        }
    }

    static void farm(DataOutputStream out) {
        var thread = new Thread(() -> {
            try {
                Thread.sleep((long) (1000 * scale));
                send(out, "4", "2", "-1", "2103", "Market data farm connection is broken:usfarm", "");
                Thread.sleep((long) (3000 * scale));
                send(out, "4", "2", "-1", "2104", "Market data farm connection is OK:usfarm", "");
            } catch (Exception over) {
                // The client has left.
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    static synchronized void send(DataOutputStream out, String... fields) throws IOException {
        var body = (String.join("\0", fields) + "\0").getBytes(StandardCharsets.UTF_8);
        var frame = new ByteArrayOutputStream();
        new DataOutputStream(frame).writeInt(body.length);
        frame.write(body);
        out.write(frame.toByteArray());
        out.flush();
    }
}
