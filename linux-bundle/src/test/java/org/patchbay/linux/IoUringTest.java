package org.patchbay.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;

class IoUringTest {
  private static IoUring open(int entries) throws LinuxException {
    try {
      return IoUring.open(entries);
    } catch (LinuxException failed) {
      if (failed.errno() == Errno.ENOSYS || failed.errno() == Errno.EPERM) {
        return abort("this kernel does not let us use io_uring: " + failed.getMessage());
      }
      throw failed;
    }
  }

  @Test
  void aBatchOfWritesAndReadsRunsInOrder() throws Exception {
    long before = OpenFiles.count();
    try (UnixSocket.Pair pair = UnixSocket.pair();
        Mapping slab = Mapping.anonymous(65536);
        IoUring ring = open(32)) {
      assertEquals(32, ring.capacity());
      ring.registerBuffer(slab.segment());
      ring.registerFiles(pair.first().descriptor(), pair.second().descriptor());
      MemorySegment memory = slab.segment();
      long address = memory.address();
      // Many rounds, so that the indices of both rings wrap around.
      for (int round = 0; round < 100; round++) {
        for (int i = 0; i < 31; i++) {
          memory.set(Native.INT, i * 64L, round * 32 + i);
          assertEquals(i, ring.writeFixed(0, address + i * 64L, 4 + i));
        }
        assertEquals(31, ring.readFixed(1, address + 32768, 4096));
        assertEquals(-1, ring.writeFixed(0, address, 4));
        assertEquals(32, ring.prepared());
        assertEquals(32, ring.submit());
        assertEquals(0, ring.prepared());
        long at = 32768;
        for (int i = 0; i < 31; i++) {
          assertEquals(4 + i, ring.result(i));
          assertEquals(round * 32 + i, memory.get(Native.INT.withByteAlignment(1), at));
          at += 4 + i;
        }
        assertEquals(at - 32768, ring.result(31));
      }
      assertEquals(0, ring.submit());
    }
    assertEquals(before, OpenFiles.count());
  }

  @Test
  void aRequestThatWouldWaitAnswersAtOnce() throws Exception {
    try (UnixSocket.Pair pair = UnixSocket.pair();
        Mapping slab = Mapping.anonymous(4096);
        IoUring ring = open(4)) {
      ring.registerBuffer(slab.segment());
      ring.registerFiles(pair.first().descriptor());
      long address = slab.segment().address();
      assertEquals(0, ring.readFixed(0, address, 64));
      assertEquals(1, ring.submit());
      assertEquals(-Errno.EAGAIN, ring.result(0));
      IoVector vector = new IoVector(2);
      vector.set(0, address, 3);
      vector.set(1, address + 100, 4);
      assertEquals(0, ring.writeVector(0, vector, 2));
      assertEquals(1, ring.readFixed(0, address, 64));
      assertEquals(2, ring.submit());
      assertEquals(7, ring.result(0));
      assertEquals(-Errno.EAGAIN, ring.result(1));
    }
  }

  @Test
  void aWriteOutsideTheRegisteredMemoryFailsAlone() throws Exception {
    try (UnixSocket.Pair pair = UnixSocket.pair();
        Mapping slab = Mapping.anonymous(4096);
        IoUring ring = open(4)) {
      ring.registerBuffer(slab.segment());
      ring.registerFiles(pair.first().descriptor());
      long address = slab.segment().address();
      assertEquals(0, ring.writeFixed(0, address, 8));
      assertEquals(1, ring.writeFixed(0, address + 4000, 200));
      assertEquals(2, ring.writeFixed(0, address, 16));
      assertEquals(3, ring.submit());
      assertEquals(8, ring.result(0));
      assertEquals(-Errno.EFAULT, ring.result(1));
      assertEquals(16, ring.result(2));
    }
  }

  @Test
  void aFileThatCannotPromiseNotToWaitIsRefused() throws Exception {
    try (MemoryFile file = MemoryFile.create("ring", 4096);
        Mapping slab = Mapping.anonymous(4096);
        IoUring ring = open(4)) {
      ring.registerBuffer(slab.segment());
      ring.registerFiles(file.descriptor());
      assertEquals(0, ring.writeFixed(0, slab.segment().address(), 8));
      assertEquals(1, ring.submit());
      assertEquals(-Errno.EOPNOTSUPP, ring.result(0));
    }
  }

  @Test
  void closingLetsTheRegisteredFilesGoAtOnce() throws Exception {
    try (UnixSocket.Pair pair = UnixSocket.pair();
        Mapping slab = Mapping.anonymous(4096)) {
      IoUring ring = open(4);
      ring.registerBuffer(slab.segment());
      ring.registerFiles(pair.first().descriptor());
      pair.first().close();
      pair.second().descriptor().setBlocking(false);
      assertEquals(
          Errno.EAGAIN,
          assertThrows(
                  LinuxException.class,
                  () -> pair.second().receive(slab.segment(), new ArrayList<>()))
              .errno(),
          "the ring keeps the other end open");
      ring.close();
      assertEquals(0, pair.second().receive(slab.segment(), new ArrayList<>()));
    }
  }

  @Test
  void closingUnmapsTheRings() throws Exception {
    long before = ringMappings();
    IoUring ring = open(4);
    assertTrue(ringMappings() > before);
    ring.close();
    ring.close();
    assertEquals(before, ringMappings());
    assertThrows(IllegalStateException.class, () -> ring.writeFixed(0, 0, 1));
  }

  private static long ringMappings() throws Exception {
    return Files.readAllLines(Path.of("/proc/self/maps")).stream()
        .filter(line -> line.contains("io_uring"))
        .count();
  }
}
