package org.patchbay.launcher;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Sends one console command to the platform that runs in {@code patchbay.home} and prints its
 * answer.
 *
 * <p>The protocol on {@code run/control.sock}: the client sends the command as one line of UTF-8
 * and ends its sending side; the platform answers with a line {@code OK} or {@code ERROR}, then the
 * text, and closes.
 */
public final class ExecClient {
  static final int OK = 0;
  static final int ERROR = 1;
  static final int NO_PLATFORM = 2;

  private ExecClient() {}

  /**
   * Runs the command and exits: 0 when the platform did what it says, 1 when it refused, 2 when no
   * platform runs.
   *
   * @param arguments the command's words
   */
  public static void main(String[] arguments) {
    Path home = Path.of(System.getProperty("patchbay.home", "")).toAbsolutePath().normalize();
    // The platform ends lines with \n and speaks UTF-8, wherever the terminal stands.
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
    System.exit(execute(home, String.join(" ", arguments), out, err));
  }

  /**
   * Sends a command and prints the answer.
   *
   * @param home the platform's home folder
   * @param command one line
   * @param out gets the text of a command that succeeded
   * @param err gets the text of one that failed
   * @return the process's exit status
   */
  static int execute(Path home, String command, PrintStream out, PrintStream err) {
    if (command.isBlank() || command.indexOf('\n') >= 0) {
      err.println("patchbay: A command is one line that is not empty; try: ./patchbay exec nics");
      return ERROR;
    }
    Path socket = Home.controlSocket(home);
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      try {
        channel.connect(UnixDomainSocketAddress.of(socket));
      } catch (IOException e) {
        err.println(unreachable(home, socket, e));
        return NO_PLATFORM;
      }
      send(channel, command + "\n");
      return receive(channel, out, err);
    } catch (IOException e) {
      err.println("patchbay: The platform broke the connection off: " + e.getMessage());
      return ERROR;
    }
  }

  private static String unreachable(Path home, Path socket, IOException e) {
    if (Files.exists(socket)) {
      return "patchbay: The platform's socket " + socket + " does not answer: " + e.getMessage();
    }
    return "patchbay: No platform runs in "
        + home
        + " (or its user is another): start one with ./patchbay run, or name its home with --home.";
  }

  private static void send(SocketChannel channel, String line) throws IOException {
    ByteBuffer bytes = StandardCharsets.UTF_8.encode(line);
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
    channel.shutdownOutput();
  }

  private static int receive(SocketChannel channel, PrintStream out, PrintStream err)
      throws IOException {
    try (BufferedReader answer =
        new BufferedReader(
            new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.UTF_8))) {
      String verdict = answer.readLine();
      if (verdict == null) {
        err.println("patchbay: The platform gave no answer; it may be about to end.");
        return ERROR;
      }
      boolean succeeded = verdict.equals("OK");
      PrintStream target = succeeded ? out : err;
      for (String line = answer.readLine(); line != null; line = answer.readLine()) {
        target.println(line);
      }
      return succeeded ? OK : ERROR;
    }
  }
}
