package org.patchbay.drills.platform;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.patchbay.drills.rig.RigException;

@Timeout(30)
class ControlSocketTest {
  @TempDir Path folder;

  /** Serves one command with the given answer; its result is what was asked. */
  private FutureTask<String> serve(ServerSocketChannel server, String answer) {
    FutureTask<String> service =
        new FutureTask<>(
            () -> {
              try (SocketChannel client = server.accept()) {
                String asked =
                    new String(
                        Channels.newInputStream(client).readAllBytes(), StandardCharsets.UTF_8);
                client.write(ByteBuffer.wrap(answer.getBytes(StandardCharsets.UTF_8)));
                return asked;
              }
            });
    Thread.ofPlatform().daemon().start(service);
    return service;
  }

  private Answer ask(String command, String answer) throws Exception {
    Path path = folder.resolve("control.sock");
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(path));
      FutureTask<String> service = serve(server, answer);
      Answer result = new ControlSocket(path).ask(command, Duration.ofSeconds(10));
      assertEquals(command + "\n", service.get(10, TimeUnit.SECONDS));
      return result;
    }
  }

  @Test
  void theVerdictIsTheFirstLineAndTheRestIsTheText() throws Exception {
    assertEquals(new Answer(true, "a 12 µs\n  b"), ask("inspect nic0", "OK\na 12 µs\n  b\n"));
  }

  @Test
  void aRefusalIsNotDone() throws Exception {
    assertEquals(
        new Answer(false, "There is no NIC x."), ask("unplug x", "ERROR\nThere is no NIC x.\n"));
  }

  @Test
  void anyOtherAnswerIsAFailure() {
    assertThrows(RigException.class, () -> ask("nics", "HELLO\n"));
  }

  @Test
  void aSilentPlatformIsGivenUp() throws Exception {
    Path path = folder.resolve("silent.sock");
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(path));
      ControlSocket console = new ControlSocket(path);
      assertThrows(RigException.class, () -> console.ask("nics", Duration.ofMillis(200)));
    }
  }
}
