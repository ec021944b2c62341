package org.patchbay.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class TunTest {
  @BeforeAll
  static void requirements() {
    Requirements.needNamespacesAndTaps();
  }

  private static Tun attach(TestNamespace namespace, String name) throws Exception {
    return NetworkNamespace.call(namespace.name(), () -> Tun.attach(name));
  }

  @Test
  void anInterfaceAppearsAndGoesWithItsDescriptor() throws Exception {
    long before = OpenFiles.count();
    try (TestNamespace namespace = TestNamespace.create()) {
      try (Tun tun = attach(namespace, "tap9")) {
        assertEquals(new Tun.Description("tap9", true, true, false, false, false), tun.describe());
        tun.setHeaderLength(VirtioNetHeader.LENGTH);
        assertEquals(12, tun.headerLength());
        assertEquals(Integer.MAX_VALUE, tun.sendBuffer());
        tun.setSendBuffer(4096);
        assertEquals(4096, tun.sendBuffer());
        tun.setReceiveOffloads(Tun.OFFLOAD_CHECKSUM | Tun.OFFLOAD_TSO4 | Tun.OFFLOAD_TSO6);
        tun.setReceiveOffloads(0);
        assertEquals(
            Errno.EINVAL,
            assertThrows(LinuxException.class, () -> tun.setReceiveOffloads(1 << 30)).errno());
        assertTrue(namespace.ip("link").contains("tap9"));
      }
      assertFalse(namespace.ip("link").contains("tap9"));
    }
    assertEquals(before, OpenFiles.count());
  }

  @Test
  void aPersistentInterfaceOutlivesItsDescriptor() throws Exception {
    try (TestNamespace namespace = TestNamespace.create()) {
      try (Tun tun = attach(namespace, "tap9")) {
        tun.setPersistent(true);
        assertTrue(tun.describe().persistent());
      }
      assertTrue(namespace.ip("link").contains("tap9"));
      attach(namespace, "tap9").close();
    }
  }

  @Test
  void refusalsSayWhy() throws Exception {
    try (TestNamespace namespace = TestNamespace.create();
        Tun tun = attach(namespace, "tap9")) {
      assertTrue(tun.descriptor().isOpen());
      assertEquals(
          Errno.EBUSY,
          assertThrows(LinuxException.class, () -> attach(namespace, "tap9").close()).errno());
      LinuxException wrongKind =
          assertThrows(LinuxException.class, () -> attach(namespace, "lo").close());
      assertEquals(
          "ioctl(TUNSETIFF) failed: an argument is not valid here (EINVAL)",
          wrongKind.getMessage());
      IllegalArgumentException tooLong =
          assertThrows(
              IllegalArgumentException.class, () -> attach(namespace, "abcdefghijklmnop").close());
      assertTrue(String.valueOf(tooLong.getMessage()).contains("15 is the most"));
    }
  }

  @Test
  void theNamespaceOfAnInterfaceIsFoundThroughItsDescriptor() throws Exception {
    try (TestNamespace namespace = TestNamespace.create();
        Tun tun = attach(namespace, "tap9");
        Descriptor found = tun.openNamespace();
        InterfaceControl control = NetworkNamespace.call(found, InterfaceControl::open)) {
      control.setUp("tap9", true);
      assertTrue(control.isUp("tap9"));
    }
  }

  @Test
  void aFrameMovesThroughABridge() throws Exception {
    try (TestNamespace namespace = TestNamespace.create();
        Tun left = attach(namespace, "left");
        Tun right = attach(namespace, "right");
        Arena arena = Arena.ofConfined()) {
      namespace.ip("link", "add", "bridge9", "type", "bridge");
      for (String port : new String[] {"left", "right"}) {
        namespace.ip("link", "set", port, "master", "bridge9", "up");
      }
      namespace.ip("link", "set", "bridge9", "up");
      left.setHeaderLength(VirtioNetHeader.LENGTH);
      right.setHeaderLength(VirtioNetHeader.LENGTH);
      MemorySegment frame = arena.allocate(VirtioNetHeader.LENGTH + 60);
      frame.asSlice(VirtioNetHeader.LENGTH, 6).fill((byte) 0xff);
      frame.set(Native.BYTE, VirtioNetHeader.LENGTH + 6, (byte) 2);
      frame.set(Native.BYTE, VirtioNetHeader.LENGTH + 12, (byte) 0x88);
      frame.set(Native.BYTE, VirtioNetHeader.LENGTH + 13, (byte) 0xb5);
      frame.set(Native.INT, VirtioNetHeader.LENGTH + 20, 12345);
      RawIo io = new RawIo();
      assertEquals(
          frame.byteSize(), io.write(left.descriptor().value(), frame.address(), frame.byteSize()));
      MemorySegment received = arena.allocate(2048);
      assertEquals(frame.byteSize(), readOurs(io, right, received));
      assertEquals(12345, received.get(Native.INT, VirtioNetHeader.LENGTH + 20));
    }
  }

  /** Reads the next frame with the ethertype of the test; the kernel sends some of its own. */
  private static long readOurs(RawIo io, Tun tun, MemorySegment memory) throws LinuxException {
    try (Epoll epoll = Epoll.open(1)) {
      int fd = tun.descriptor().value();
      assertEquals(0, epoll.add(fd, Epoll.IN, 1));
      while (true) {
        assertEquals(1, epoll.await(10_000_000_000L), "no frame came");
        long length = io.read(fd, memory.address(), memory.byteSize());
        assertTrue(length > VirtioNetHeader.LENGTH);
        if (memory.get(Native.BYTE, VirtioNetHeader.LENGTH + 12) == (byte) 0x88) {
          return length;
        }
      }
    }
  }
}
