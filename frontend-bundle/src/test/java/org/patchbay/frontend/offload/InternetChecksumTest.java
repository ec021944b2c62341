package org.patchbay.frontend.offload;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class InternetChecksumTest {

  private static int sum(byte[] bytes, int from, int length) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(Math.max(1, bytes.length));
      memory.copyFrom(MemorySegment.ofArray(bytes));
      return InternetChecksum.sum(memory, from, length);
    }
  }

  @Test
  void theExampleOfItsSpecification() {
    // RFC 1071, section 3.
    byte[] bytes = {0x00, 0x01, (byte) 0xf2, 0x03, (byte) 0xf4, (byte) 0xf5, (byte) 0xf6, -9};
    assertEquals(0xddf2, sum(bytes, 0, 8));
  }

  @Test
  void everyLengthAtEveryAlignmentIsTheSumByteByByte() {
    byte[] bytes = new byte[300];
    new Random(1).nextBytes(bytes);
    for (int from = 0; from < 16; from++) {
      for (int length = 0; length < 280; length++) {
        assertEquals(IpFrame.sum(bytes, from, from + length, 0), sum(bytes, from, length));
      }
    }
  }

  @Test
  void carriesAreNotLost() {
    byte[] ones = new byte[1 << 20];
    Arrays.fill(ones, (byte) -1);
    assertEquals(0xffff, sum(ones, 0, ones.length));
    assertEquals(0xffff, sum(ones, 1, ones.length - 2));
    assertEquals(0xffff, InternetChecksum.fold(Long.MAX_VALUE - (Long.MAX_VALUE % 0xffff)));
  }

  @Test
  void aPartAtAnOddOffsetIsSwapped() {
    byte[] bytes = new byte[101];
    new Random(2).nextBytes(bytes);
    for (int cut = 0; cut <= bytes.length; cut++) {
      int first = sum(bytes, 0, cut);
      int second = sum(bytes, cut, bytes.length - cut);
      int whole =
          InternetChecksum.fold(
              0L + first + (cut % 2 == 0 ? second : InternetChecksum.swap(second)));
      assertEquals(IpFrame.sum(bytes, 0, bytes.length, 0), whole);
    }
  }
}
