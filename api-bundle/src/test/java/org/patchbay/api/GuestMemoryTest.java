package org.patchbay.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GuestMemoryTest {

  private static final int SIZE = 4096;

  private Arena arena;
  private MemorySegment low;
  private MemorySegment high;
  private MemorySegment apart;
  private GuestMemory memory;

  @BeforeEach
  void open() {
    arena = Arena.ofConfined();
    low = arena.allocate(SIZE);
    high = arena.allocate(SIZE);
    apart = arena.allocate(2 * SIZE);
    // Two that adjoin in guest addresses, given out of order, and one of its own.
    memory =
        new GuestMemory(
            List.of(
                new GuestRegion(1L << 32, apart),
                new GuestRegion(SIZE, high),
                new GuestRegion(0, low)));
  }

  @AfterEach
  void close() {
    arena.close();
  }

  private MemorySegment bytes(int length) {
    MemorySegment bytes = arena.allocate(length);
    for (int i = 0; i < length; i++) {
      bytes.set(ValueLayout.JAVA_BYTE, i, (byte) (i + 1));
    }
    return bytes;
  }

  @Test
  void regionsAreInAscendingOrder() {
    assertEquals(3, memory.regionCount());
    assertEquals(0, memory.regionAddress(0));
    assertEquals(SIZE, memory.regionAddress(1));
    assertEquals(1L << 32, memory.regionAddress(2));
    assertEquals(high, memory.regionMemory(1));
    assertEquals(2, memory.regionOf((1L << 32) + SIZE, SIZE));
    assertEquals(-1, memory.regionOf(SIZE - 1, 2));
    assertEquals(-1, memory.regionOf(0, -1));
  }

  @Test
  void overlappingOrMissingRegionsAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> new GuestMemory(List.of()));
    assertThrows(
        IllegalArgumentException.class,
        () -> new GuestMemory(List.of(new GuestRegion(0, low), new GuestRegion(SIZE - 1L, high))));
  }

  @Test
  void nativeAddressesAreThoseOfTheMappings() {
    assertEquals(low.address() + 7, memory.nativeAddress(7, SIZE - 7));
    assertEquals(apart.address() + 1, memory.nativeAddress((1L << 32) + 1, 2 * SIZE - 1));
    assertEquals(0, memory.nativeAddress(7, SIZE - 6), "runs over a border");
    assertEquals(0, memory.nativeAddress(2 * SIZE, 1), "between regions");
  }

  @Test
  void rangesMayRunOverTheBorderOfAdjoiningRegions() {
    assertTrue(memory.contains(SIZE - 10, 20));
    assertTrue(memory.write(SIZE - 10, bytes(20), 0, 20));
    assertEquals(10, low.get(ValueLayout.JAVA_BYTE, SIZE - 1));
    assertEquals(11, high.get(ValueLayout.JAVA_BYTE, 0));
    MemorySegment back = arena.allocate(20);
    assertTrue(memory.read(SIZE - 10, back, 0, 20));
    assertEquals(-1, back.mismatch(bytes(20)));
    assertTrue(memory.copy(SIZE - 10, memory, (1L << 32) + 5, 20));
    assertEquals(-1, apart.asSlice(5, 20).mismatch(bytes(20)));
    assertTrue(memory.copy((1L << 32) + 5, memory, SIZE - 3, 20));
    assertEquals(1, low.get(ValueLayout.JAVA_BYTE, SIZE - 3));
    assertEquals(20, high.get(ValueLayout.JAVA_BYTE, 16));
  }

  @Test
  void nothingIsWrittenWhenPartOfARangeIsNotGuestMemory() {
    assertFalse(memory.write(2 * SIZE - 10, bytes(20), 0, 20));
    assertFalse(memory.copy(0, memory, 2 * SIZE - 10, 20));
    assertEquals(0, high.get(ValueLayout.JAVA_BYTE, SIZE - 1));
    assertFalse(memory.read(2 * SIZE - 10, arena.allocate(20), 0, 20));
    assertFalse(memory.copy(2 * SIZE - 10, memory, 0, 20));
  }

  @Test
  void extremeAddressesAndLengthsAreRefused() {
    // 2^63 - 1 above a region's start: a length beyond the region's size wraps what is left of it.
    long wrapping = Long.MIN_VALUE + (1L << 32) - 1;
    for (long address : new long[] {-1, Long.MIN_VALUE, Long.MAX_VALUE, wrapping, 3 * SIZE}) {
      for (int length : new int[] {1, SIZE, Integer.MAX_VALUE}) {
        assertFalse(memory.contains(address, length), address + " for " + length);
        assertEquals(0, memory.nativeAddress(address, length), address + " for " + length);
      }
    }
    assertFalse(memory.contains(0, -1));
    assertFalse(memory.contains(0, Integer.MIN_VALUE));
    assertEquals(0, memory.nativeAddress(0, -1));
    assertFalse(memory.contains(0, Integer.MAX_VALUE));
  }
}
