package org.patchbay.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class MappingTest {
  @Test
  void twoMappingsOfOneFileShareTheirMemory() throws Exception {
    try (MemoryFile file = MemoryFile.create("patchbay-test", 8192);
        Mapping first = file.map();
        Mapping second = Mapping.of(file.descriptor(), 4096, 4096, false)) {
      first.segment().set(Native.INT, 4096, 42);
      assertEquals(42, second.segment().get(Native.INT, 0));
      assertThrows(IllegalArgumentException.class, () -> second.segment().set(Native.INT, 0, 1));
    }
  }

  @Test
  void closingUnmapsAndRevokesTheSegment() throws Exception {
    Mapping mapping = Mapping.anonymous(1 << 20);
    MemorySegment segment = mapping.segment();
    segment.set(Native.INT, (1 << 20) - 4, 7);
    String first = Long.toHexString(segment.address());
    assertTrue(isMapped(first));
    mapping.close();
    mapping.close();
    assertThrows(IllegalStateException.class, () -> segment.get(Native.INT, 0));
    assertFalse(isMapped(first));
  }

  @Test
  void vacatedAddressesStayTakenAndReachTheFileNoMore() throws Exception {
    try (MemoryFile file = MemoryFile.create("patchbay-test", 8192);
        Mapping other = file.map()) {
      Mapping mapping = file.map();
      MemorySegment segment = mapping.segment();
      segment.set(Native.INT, 0, 42);
      mapping.vacate();
      assertEquals(0, segment.get(Native.INT, 0));
      segment.set(Native.INT, 4, 43);
      assertEquals(42, other.segment().get(Native.INT, 0));
      assertEquals(0, other.segment().get(Native.INT, 4));
      assertTrue(isMapped(Long.toHexString(segment.address())));
      mapping.close();
      mapping.vacate();
      assertFalse(isMapped(Long.toHexString(segment.address())));
    }
  }

  /** Whether a mapping contains this address; neighbours may have been merged with it. */
  private static boolean isMapped(String address) throws Exception {
    long wanted = Long.parseUnsignedLong(address, 16);
    return Files.readAllLines(Path.of("/proc/self/maps")).stream()
        .map(line -> line.substring(0, line.indexOf(' ')).split("-", -1))
        .anyMatch(
            range ->
                Long.parseUnsignedLong(range[0], 16) <= wanted
                    && wanted < Long.parseUnsignedLong(range[1], 16));
  }

  @Test
  void aMappingOfNothingIsRefused() throws Exception {
    LinuxException failure = assertThrows(LinuxException.class, () -> Mapping.anonymous(0).close());
    assertEquals("mmap failed: an argument is not valid here (EINVAL)", failure.getMessage());
  }
}
