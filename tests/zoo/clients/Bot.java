import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

public class Bot {
    public static void main(String[] words) throws Exception {
        Socket kept = new Socket("127.0.0.1", Integer.parseInt(words[0]));
        Path made = Files.writeString(Path.of(words[1] + ".new"), "" + ProcessHandle.current().pid());
        Files.move(made, Path.of(words[1]), StandardCopyOption.ATOMIC_MOVE);
        while (kept != null) Thread.sleep(1000);
    }
}
