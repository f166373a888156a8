import java.io.*;
import java.net.*;
import java.nio.*;
import java.nio.channels.*;

/** Small clients of a Gateway: Bots KIND PORT. Each reads for a moment, then does what its kind says. None outlives two minutes. */
class Bots {
    static final long LONG = 120_000;
    static long received;

    static void blocked(String kind) throws Exception {
        if (received < 300) return;
        received = 0;
        if (kind.endsWith("sleep")) Thread.sleep(LONG);
        if (kind.endsWith("compute")) for (;;) { }
        if (kind.endsWith("lock")) synchronized (Bots.class) { Bots.class.wait(LONG); }
        if (kind.endsWith("socket")) {
            ServerSocket silent = new ServerSocket(0);
            new Socket("127.0.0.1", silent.getLocalPort()).getInputStream().read();
        }
    }

    public static void main(String[] arguments) throws Exception {
        String kind = arguments[0];
        InetSocketAddress gateway = new InetSocketAddress("127.0.0.1", Integer.parseInt(arguments[1]));
        Thread end = new Thread(() -> {
            try { Thread.sleep(LONG); } catch (InterruptedException never) { }
            Runtime.getRuntime().halt(0);
        }, "Cleaner-end");
        end.setDaemon(true);
        end.start();
        if (kind.startsWith("nio")) {
            Selector selector = Selector.open();
            SocketChannel channel = SocketChannel.open(gateway);
            channel.configureBlocking(false);
            SelectionKey key = channel.register(selector, SelectionKey.OP_READ);
            ByteBuffer buffer = ByteBuffer.allocate(4096);
            for (;;) {
                selector.select();
                selector.selectedKeys().clear();
                buffer.clear();
                received += Math.max(0, channel.read(buffer));
                if (kind.endsWith("pause") && received >= 300) key.interestOps(0);
                blocked(kind);
            }
        }
        Socket socket = new Socket();
        socket.connect(gateway);
        Thread reader = new Thread(() -> {
            try {
                InputStream stream = socket.getInputStream();
                byte[] bytes = new byte[4096];
                for (;;) {
                    received += stream.read(bytes);
                    blocked(kind);
                }
            } catch (Exception gone) { }
        }, "reader");
        reader.start();
        Thread.sleep(LONG);
    }
}
