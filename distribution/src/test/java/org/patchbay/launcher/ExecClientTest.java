package org.patchbay.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(20)
class ExecClientTest {
  @TempDir Path home;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @Test
  void answerOfASuccessGoesToOut() throws Exception {
    assertEquals("nics\n", exchange("nics", "OK\nnic0 loopback\nnïc1 null\n", ExecClient.OK));
    assertEquals("nic0 loopback\nnïc1 null\n", out.toString(StandardCharsets.UTF_8));
    assertEquals("", err.toString(StandardCharsets.UTF_8));
  }

  @Test
  void answerOfARefusalGoesToErr() throws Exception {
    assertEquals("plug a b\n", exchange("plug a b", "ERROR\nNo NIC a.\n", ExecClient.ERROR));
    assertEquals("", out.toString(StandardCharsets.UTF_8));
    assertEquals("No NIC a.\n", err.toString(StandardCharsets.UTF_8));
  }

  @Test
  void noAnswerIsAnError() throws Exception {
    exchange("nics", "", ExecClient.ERROR);
    assertTrue(err.toString(StandardCharsets.UTF_8).contains("gave no answer"));
  }

  @Test
  void withoutAPlatformItSaysSo() {
    assertEquals(ExecClient.NO_PLATFORM, execute("nics"));
    String said = err.toString(StandardCharsets.UTF_8);
    assertTrue(said.startsWith("patchbay: No platform runs in " + home), said);
    assertEquals(1, said.lines().count());
  }

  @Test
  void emptyAndManyLinedCommandsAreRefused() {
    assertEquals(ExecClient.ERROR, execute(" "));
    assertEquals(ExecClient.ERROR, execute("nics\nstats"));
    assertEquals(2, err.toString(StandardCharsets.UTF_8).lines().count());
  }

  /** Serves one connection with an answer; returns what the client sent. */
  private String exchange(String command, String answer, int expectedStatus) throws Exception {
    Path run = Files.createDirectory(home.resolve("run"));
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(run.resolve("control.sock")));
      CompletableFuture<String> sent = CompletableFuture.supplyAsync(() -> serve(server, answer));
      assertEquals(expectedStatus, execute(command));
      return sent.get(10, TimeUnit.SECONDS);
    }
  }

  private static String serve(ServerSocketChannel server, String answer) {
    try (SocketChannel client = server.accept()) {
      byte[] sent = Channels.newInputStream(client).readAllBytes();
      client.write(ByteBuffer.wrap(answer.getBytes(StandardCharsets.UTF_8)));
      return new String(sent, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private int execute(String command) {
    return ExecClient.execute(
        home,
        command,
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8));
  }
}
