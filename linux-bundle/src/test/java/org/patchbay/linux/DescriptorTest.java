package org.patchbay.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class DescriptorTest {
  @TempDir Path folder;

  @Test
  void aFailureNamesTheCallAndTheErrno() {
    LinuxException failure =
        assertThrows(
            LinuxException.class, () -> Descriptor.open("/no/such/file", false, true).close());
    assertEquals(Errno.ENOENT, failure.errno());
    assertEquals("open(/no/such/file)", failure.call());
    assertEquals(
        "open(/no/such/file) failed: there is no such file or object (ENOENT)",
        failure.getMessage());
  }

  @Test
  void closingTwiceDoesNotCloseWhoeverGotTheNumber() throws Exception {
    Descriptor first = Descriptor.open("/dev/null", false, true);
    int number = first.value();
    first.close();
    assertFalse(first.isOpen());
    try (Descriptor second = Descriptor.open("/dev/null", false, true)) {
      assertEquals(number, second.value(), "the kernel gives the lowest free number");
      first.close();
      Descriptor.duplicate(number).close();
    }
  }

  @Test
  @Timeout(20)
  void aReadThatMayNotWaitDoesNotThoughTheDescriptorBlocks() throws Exception {
    RawIo io = new RawIo();
    try (Arena arena = Arena.ofConfined();
        EventFd event = EventFd.open()) {
      event.descriptor().setBlocking(true);
      MemorySegment count = arena.allocate(Native.LONG);
      assertEquals(-Errno.EAGAIN, io.readNoWait(event.descriptor().value(), count.address(), 8));
      assertTrue(event.signal());
      assertEquals(8, io.readNoWait(event.descriptor().value(), count.address(), 8));
      assertEquals(1, count.get(Native.LONG, 0));
    }
  }

  @Test
  void theStatusTellsKindSizeAndIdentity() throws Exception {
    Path path = Files.writeString(folder.resolve("status"), "abcdef");
    try (Descriptor file = Descriptor.open(path.toString(), true, true);
        Descriptor same = Descriptor.duplicate(file.value());
        Descriptor device = Descriptor.open("/dev/null", false, true);
        MemoryFile memory = MemoryFile.create("status", 12345)) {
      FileStatus status = file.status();
      assertTrue(status.isRegular());
      assertEquals(6, status.size());
      assertEquals(Files.getAttribute(path, "unix:ino"), status.inode());
      assertTrue(status.isSameFile(same.status()));
      assertFalse(device.status().isRegular());
      assertTrue(memory.descriptor().status().isRegular());
      assertEquals(12345, memory.descriptor().status().size());
      assertFalse(status.isSameFile(memory.descriptor().status()));
      Files.writeString(path, "x");
      assertEquals(1, file.status().size());
    }
  }

  @Test
  void aReleasedDescriptorStaysOpen() throws Exception {
    Descriptor owner = Descriptor.open("/dev/null", false, true);
    int number = owner.release();
    owner.close();
    try (Descriptor next = Descriptor.owning(number)) {
      Descriptor.duplicate(next.value()).close();
    }
  }

  @Test
  void aDuplicateReadsTheSameFile() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "abcdef");
    RawIo io = new RawIo();
    try (Arena arena = Arena.ofConfined();
        Descriptor first = Descriptor.open(file.toString(), false, true);
        Descriptor second = Descriptor.duplicate(first.value())) {
      assertNotEquals(first.value(), second.value());
      MemorySegment memory = arena.allocate(8);
      assertEquals(2, io.read(first.value(), memory.address(), 2));
      assertEquals(4, io.read(second.value(), memory.address(), 8));
      assertEquals('c', memory.get(Native.BYTE, 0));
      assertEquals(0, io.read(first.value(), memory.address(), 8));
    }
  }

  @Test
  void aVectorIsReadAndWrittenInOrder() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "");
    RawIo io = new RawIo();
    try (Arena arena = Arena.ofConfined();
        Descriptor descriptor = Descriptor.open(file.toString(), true, true);
        Descriptor reader = Descriptor.open(file.toString(), false, true)) {
      MemorySegment hello = arena.allocateFrom("hello");
      MemorySegment world = arena.allocateFrom("world");
      IoVector vector = new IoVector(2);
      vector.set(0, hello.address(), 5);
      vector.set(1, world.address(), 5);
      assertEquals(10, io.writev(descriptor.value(), vector, 2));
      assertEquals("helloworld", Files.readString(file));

      vector.set(0, world.address(), 3);
      vector.set(1, hello.address(), 5);
      assertEquals(8, io.readv(reader.value(), vector, 2));
      assertEquals("helld", world.getString(0));
      assertEquals("lowor", hello.getString(0));
      assertThrows(IndexOutOfBoundsException.class, () -> io.readv(reader.value(), vector, 3));
    }
  }

  @Test
  void theCallsOfThePacketPathAnswerTheNegatedErrno() throws Exception {
    RawIo io = new RawIo();
    assertEquals(-Errno.EBADF, io.write(-1, 0, 0));
    try (EventFd empty = EventFd.open()) {
      try (Arena arena = Arena.ofConfined()) {
        assertEquals(
            -Errno.EAGAIN, io.read(empty.descriptor().value(), arena.allocate(8).address(), 8));
      }
    }
    try (Descriptor zero = Descriptor.open("/dev/zero", false, true)) {
      assertEquals(-Errno.EFAULT, io.read(zero.value(), 16, 8));
    }
  }

  @Test
  void blockingIsSharedByDuplicates() throws Exception {
    try (UnixSocket.Pair pair = UnixSocket.pair();
        Arena arena = Arena.ofConfined()) {
      Descriptor descriptor = pair.first().descriptor();
      descriptor.setBlocking(false);
      RawIo io = new RawIo();
      long address = arena.allocate(8).address();
      assertEquals(-Errno.EAGAIN, io.read(descriptor.value(), address, 8));
      try (Descriptor duplicate = Descriptor.duplicate(descriptor.value())) {
        assertEquals(-Errno.EAGAIN, io.read(duplicate.value(), address, 8));
      }
      descriptor.setBlocking(true);
      assertEquals(1, pair.second().send(arena.allocateFrom("x").asSlice(0, 1)));
      assertEquals(1, io.read(descriptor.value(), address, 8));
    }
  }

  @Test
  void everyErrorNumberHasItsOwnNameAndSentence() throws Exception {
    for (var field : Errno.class.getFields()) {
      int errno = field.getInt(null);
      assertEquals(field.getName(), Errno.name(errno));
      assertTrue(Errno.sentence(errno).endsWith(" (" + field.getName() + ")"));
    }
    assertEquals("the kernel answered errno 4000", Errno.sentence(4000));
  }
}
