package org.patchbay.vhostuser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.patchbay.linux.UnixSocket;

class ListeningSocketTest {

  @TempDir Path folder = Path.of("");

  private String refusal(Path path) {
    return Objects.requireNonNull(
        assertThrows(IOException.class, () -> ListeningSocket.open(path).close()).getMessage());
  }

  @Test
  void onlyItsOwnerMayConnectAndNothingIsLeft() throws Exception {
    Path path = folder.resolve("vm0.sock");
    try (ListeningSocket listening = ListeningSocket.open(path);
        UnixSocket client = UnixSocket.connect(path.toString());
        UnixSocket accepted = listening.accept()) {
      assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
      assertEquals(client.peer(), accepted.peer());
    }
    assertFalse(Files.exists(path));
  }

  @Test
  void theSocketOfADeadPlatformIsReplaced() throws Exception {
    Path path = folder.resolve("vm0.sock");
    UnixSocket.listen(path.toString(), 1).close();
    assertTrue(Files.exists(path));
    try (ListeningSocket listening = ListeningSocket.open(path);
        UnixSocket client = UnixSocket.connect(path.toString());
        UnixSocket accepted = listening.accept()) {
      assertTrue(client.descriptor().isOpen() && accepted.descriptor().isOpen());
    }
  }

  @Test
  void oneThatSomebodyListensToIsLeftAlone() throws Exception {
    Path path = folder.resolve("vm0.sock");
    try (UnixSocket other = UnixSocket.listen(path.toString(), 1)) {
      String sentence = refusal(path);
      assertTrue(sentence.contains("in use by process " + ProcessHandle.current().pid()), sentence);
      other.accept().close();
      UnixSocket.connect(path.toString()).close();
    }
  }

  @Test
  void whatIsNoSocketIsLeftAlone() throws Exception {
    Path path = Files.writeString(folder.resolve("vm0.sock"), "precious");
    assertTrue(refusal(path).contains("no socket"));
    assertEquals("precious", Files.readString(path));
    assertTrue(refusal(folder).contains("no socket"));
  }

  @Test
  void aFolderThatIsMissingIsNamed() {
    String sentence = refusal(folder.resolve("missing/vm0.sock"));
    assertTrue(sentence.contains("missing/vm0.sock"), sentence);
    assertTrue(sentence.contains("folder must exist"), sentence);
  }

  @Test
  void whatSomebodyPutInItsPlaceIsLeftAlone() throws Exception {
    Path path = folder.resolve("vm0.sock");
    try (ListeningSocket listening = ListeningSocket.open(path)) {
      listening.shutdown();
      Files.delete(path);
      Files.writeString(path, "another one's");
    }
    assertEquals("another one's", Files.readString(path));
  }
}
