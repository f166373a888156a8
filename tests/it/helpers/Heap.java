import java.lang.management.*;
import java.net.*;
import java.util.*;

/** A JVM that stands for a Gateway: Heap KIND. It prints a port on which it accepts and says nothing. None outlives two minutes. */
class Heap {
    static final List<byte[]> KEPT = new ArrayList<>(1_000_000);
    static byte[] reserve = new byte[(int) Math.max(400_000, Runtime.getRuntime().maxMemory() / 80)];

    public static void main(String[] arguments) throws Exception {
        String kind = arguments[0];
        ServerSocket server = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
        List<Socket> accepted = new ArrayList<>(1000);
        daemon(() -> { Thread.sleep(120_000); Runtime.getRuntime().halt(0); });
        daemon(() -> { while (System.in.read() >= 0) { } Runtime.getRuntime().halt(0); });
        daemon(() -> { for (;;) accepted.add(server.accept()); });
        if (kind.equals("full") || kind.equals("starved")) {
            try {
                for (;;) KEPT.add(new byte[1000]);
            } catch (OutOfMemoryError full) {
                reserve = null;
            }
            System.gc();
        }
        if (kind.equals("collecting")) {
            for (int i = 0; i < 300_000; i++) KEPT.add(new byte[16]);
            daemon(() -> { for (;;) System.gc(); });
        }
        if (kind.equals("paused")) {
            // Each stack of a thousand frames is walked while all threads are held.
            for (int i = 0; i < 100; i++) daemon(() -> deep(1000));
            for (int i = 0; i < 4; i++)
                daemon(() -> { for (;;) ManagementFactory.getThreadMXBean().dumpAllThreads(true, true); });
        }
        System.out.println(server.getLocalPort());
        // What is left is not enough for what is asked for: allocations wait for collections.
        while (kind.equals("starved")) try { reserve = new byte[300_000]; } catch (OutOfMemoryError full) { }
        Thread.sleep(120_000);
    }

    static void deep(int frames) throws Exception {
        if (frames == 0) Thread.sleep(120_000);
        else deep(frames - 1);
    }

    interface Work { void run() throws Exception; }

    static void daemon(Work work) {
        Thread thread = new Thread(() -> {
            try { work.run(); } catch (Exception over) { }
        });
        thread.setDaemon(true);
        thread.start();
    }
}
