package org.patchbay.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Borders and refusals; {@link GuestMemoryModelTest} compares with a model. */
final class GuestMemoryTest {

  private static final int SIZE = 4096;

  private static MemorySegment region(int size) {
    return Arena.ofAuto().allocate(size);
  }

  @Test
  void regionsComeInAscendingOrder() {
    MemorySegment low = region(SIZE);
    MemorySegment high = region(2 * SIZE);
    GuestMemory memory =
        new GuestMemory(List.of(new GuestRegion(0x10_0000, high), new GuestRegion(0, low)));
    assertEquals(2, memory.regionCount());
    assertEquals(0, memory.regionAddress(0));
    assertEquals(0x10_0000, memory.regionAddress(1));
    assertEquals(low, memory.regionMemory(0));
    assertEquals(high, memory.regionMemory(1));
    assertEquals(0, memory.regionOf(SIZE - 1, 1));
    assertEquals(1, memory.regionOf(0x10_0000, 2 * SIZE));
    assertEquals(-1, memory.regionOf(SIZE - 1, 2));
    assertEquals(-1, memory.regionOf(SIZE, 1));
  }

  @Test
  void nativeAddressesAreThoseOfTheRegion() {
    MemorySegment low = region(SIZE);
    MemorySegment next = region(SIZE);
    GuestMemory memory =
        new GuestMemory(List.of(new GuestRegion(0, low), new GuestRegion(SIZE, next)));
    assertEquals(low.address() + 5, memory.nativeAddress(5, SIZE - 5));
    assertEquals(next.address() + 7, memory.nativeAddress(SIZE + 7, 1));
    assertEquals(0, memory.nativeAddress(SIZE - 1, 2), "no one range for two regions");
    assertEquals(0, memory.nativeAddress(2L * SIZE, 1));
  }

  @Test
  void addressesThatOverflowAreRefused() {
    GuestMemory memory =
        new GuestMemory(
            List.of(new GuestRegion(SIZE, region(SIZE)), new GuestRegion(1L << 40, region(SIZE))));
    MemorySegment bytes = MemorySegment.ofArray(new byte[2 * SIZE]);
    long[] addresses = {
      Long.MAX_VALUE, Long.MAX_VALUE - SIZE, Long.MIN_VALUE, Long.MIN_VALUE + SIZE, -1, -SIZE, 0
    };
    for (long address : addresses) {
      for (int length : new int[] {1, 2, SIZE, SIZE + 1}) {
        assertFalse(memory.contains(address, length), () -> Long.toHexString(address));
        assertFalse(memory.read(address, bytes, 0, length));
        assertFalse(memory.write(address, bytes, 0, length));
        assertFalse(memory.copy(address, memory, SIZE, length));
        assertFalse(memory.copy(SIZE, memory, address, Math.min(length, SIZE)));
        assertEquals(0, memory.nativeAddress(address, length));
        assertEquals(-1, memory.regionOf(address, length));
      }
    }
  }

  @Test
  void aLengthBeyondTheRegionDoesNotWrapWhatIsLeftOfIt() {
    long start = 1L << 32;
    GuestMemory memory = new GuestMemory(List.of(new GuestRegion(start, region(SIZE))));
    // 2^63 - 1 above the region's start.
    long address = Long.MIN_VALUE + start - 1;
    for (int length : new int[] {1, SIZE, SIZE + 1, Integer.MAX_VALUE}) {
      assertFalse(memory.contains(address, length));
      assertEquals(0, memory.nativeAddress(address, length));
      assertEquals(-1, memory.regionOf(address, length));
    }
  }

  @Test
  void negativeLengthsAreRefused() {
    GuestMemory memory = GuestMemory.of(region(SIZE));
    MemorySegment bytes = MemorySegment.ofArray(new byte[SIZE]);
    for (int length : new int[] {-1, Integer.MIN_VALUE}) {
      assertFalse(memory.contains(8, length));
      assertFalse(memory.read(8, bytes, 0, length));
      assertFalse(memory.write(8, bytes, 0, length));
      assertFalse(memory.copy(8, memory, 16, length));
      assertEquals(0, memory.nativeAddress(8, length));
    }
  }

  @Test
  void aRefusedWriteWritesNothing() {
    MemorySegment low = region(SIZE);
    GuestMemory memory = new GuestMemory(List.of(new GuestRegion(0, low)));
    byte[] ones = new byte[16];
    Arrays.fill(ones, (byte) 1);
    assertFalse(memory.write(SIZE - 8, MemorySegment.ofArray(ones), 0, 16));
    assertEquals(-1, low.mismatch(region(SIZE)));
  }

  @Test
  void regionsMustNotOverlap() {
    GuestRegion first = new GuestRegion(0, region(SIZE));
    GuestRegion second = new GuestRegion(SIZE - 1, region(SIZE));
    IllegalArgumentException refusal =
        assertThrows(IllegalArgumentException.class, () -> new GuestMemory(List.of(second, first)));
    assertTrue(String.valueOf(refusal.getMessage()).contains("0x0 and 0xfff overlap"));
    assertThrows(IllegalArgumentException.class, () -> new GuestMemory(List.of()));
  }

  @Test
  void regionsAreNativeNotEmptyAndDoNotWrap() {
    MemorySegment heap = MemorySegment.ofArray(new byte[8]);
    MemorySegment some = region(SIZE);
    assertThrows(IllegalArgumentException.class, () -> new GuestRegion(0, heap));
    assertThrows(IllegalArgumentException.class, () -> new GuestRegion(-1, some));
    assertThrows(IllegalArgumentException.class, () -> new GuestRegion(Long.MAX_VALUE - 10, some));
    assertThrows(IllegalArgumentException.class, () -> new GuestRegion(0, some.asSlice(0, 0)));
    assertEquals(Long.MAX_VALUE, new GuestRegion(Long.MAX_VALUE - SIZE, some).end());
  }

  @Test
  void theLastAddressesOfTheWorldCanBeUsed() {
    GuestMemory memory =
        new GuestMemory(List.of(new GuestRegion(Long.MAX_VALUE - SIZE, region(SIZE))));
    assertTrue(memory.contains(Long.MAX_VALUE - SIZE, SIZE));
    assertFalse(memory.contains(Long.MAX_VALUE - SIZE, SIZE + 1));
    assertFalse(memory.contains(Long.MAX_VALUE, 1));
  }
}
