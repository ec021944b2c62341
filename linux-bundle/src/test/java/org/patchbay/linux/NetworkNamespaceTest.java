package org.patchbay.linux;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class NetworkNamespaceTest {
  @BeforeAll
  static void requirements() {
    Requirements.needNamespacesAndTaps();
  }

  private static String current() throws IOException {
    return Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net")).toString();
  }

  @Test
  void theCallersThreadStaysInItsNamespace() throws Exception {
    try (TestNamespace namespace = TestNamespace.create()) {
      String before = current();
      CompletableFuture<Thread> inside = new CompletableFuture<>();
      String there =
          NetworkNamespace.call(
              namespace.name(),
              () -> {
                inside.complete(Thread.currentThread());
                return current();
              });
      assertNotEquals(before, there);
      assertEquals(before, current());
      assertNotEquals(Thread.currentThread(), inside.join());
      assertTrue(inside.join().join(Duration.ofSeconds(10)), "the thread that entered has ended");
    }
  }

  @Test
  void whatIsOpenedThereStaysThere() throws Exception {
    try (TestNamespace namespace = TestNamespace.create()) {
      namespace.ip("link", "add", "bridge9", "type", "bridge");
      try (InterfaceControl control =
              NetworkNamespace.call(namespace.name(), InterfaceControl::open);
          InterfaceControl here = InterfaceControl.open()) {
        assertFalse(control.isUp("bridge9"));
        control.setUp("bridge9", true);
        control.setMtu("bridge9", 1400);
        byte[] mac = {2, 0, 0, 1, 2, 3};
        control.setMacAddress("bridge9", mac);
        assertTrue(control.isUp("bridge9"));
        assertEquals(1400, control.mtu("bridge9"));
        assertArrayEquals(mac, control.macAddress("bridge9"));
        assertTrue(namespace.ip("link", "show", "bridge9").contains("mtu 1400"));
        assertTrue(
            namespace
                .ip("link", "show", "bridge9")
                .startsWith(control.index("bridge9") + ": bridge9"));
        LinuxException none = assertThrows(LinuxException.class, () -> here.isUp("bridge9"));
        assertEquals(Errno.ENODEV, none.errno());
        assertEquals("ioctl(SIOCGIFFLAGS)", none.call());
      }
    }
  }

  @Test
  void aNamespaceThatIsNotThereIsNamed() {
    LinuxException failure =
        assertThrows(
            LinuxException.class, () -> NetworkNamespace.call("no-such-namespace", () -> 1));
    assertEquals(Errno.ENOENT, failure.errno());
    assertEquals("open(/run/netns/no-such-namespace)", failure.call());
    assertThrows(IllegalArgumentException.class, () -> NetworkNamespace.call("../../etc", () -> 1));
  }

  @Test
  void whatTheBodyThrowsReachesTheCaller() throws Exception {
    long before = OpenFiles.count();
    try (TestNamespace namespace = TestNamespace.create()) {
      IOException thrown = new IOException("from inside");
      assertEquals(
          thrown,
          assertThrows(
              IOException.class,
              () ->
                  NetworkNamespace.call(
                      namespace.name(),
                      () -> {
                        throw thrown;
                      })));
      Error error = new AssertionError("from inside");
      assertEquals(
          error,
          assertThrows(
              AssertionError.class,
              () ->
                  NetworkNamespace.call(
                      namespace.name(),
                      () -> {
                        throw error;
                      })));
    }
    assertEquals(before, OpenFiles.count());
  }

  @Test
  void anInterruptIsKeptForAfterwards() throws Exception {
    try (TestNamespace namespace = TestNamespace.create()) {
      Thread.currentThread().interrupt();
      assertEquals(5, NetworkNamespace.call(namespace.name(), () -> 5));
      assertTrue(Thread.interrupted());
    }
  }
}
