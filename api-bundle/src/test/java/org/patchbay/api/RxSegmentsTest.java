package org.patchbay.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

final class RxSegmentsTest {

  @Test
  void segmentsAreKeptByBufferAndTheListGrows() {
    RxSegments segments = new RxSegments(1);
    for (int buffer = 0; buffer < 10; buffer++) {
      for (int i = 0; i <= buffer % 3; i++) {
        segments.add(1000L * buffer + i, 10 * buffer + i);
      }
      segments.endBuffer();
    }
    assertEquals(10, segments.buffers());
    int total = 0;
    for (int buffer = 0; buffer < 10; buffer++) {
      assertEquals(total, segments.firstSegment(buffer));
      for (int i = segments.firstSegment(buffer); i < segments.endSegment(buffer); i++) {
        int part = i - segments.firstSegment(buffer);
        assertEquals(1000L * buffer + part, segments.address(i));
        assertEquals(10 * buffer + part, segments.length(i));
      }
      total += buffer % 3 + 1;
      assertEquals(total, segments.endSegment(buffer));
    }
    assertEquals(total, segments.count());
  }

  @Test
  void aClearedListIsEmptyAndWorksAgain() {
    RxSegments segments = new RxSegments(2);
    segments.add(1, 2);
    segments.endBuffer();
    segments.clear();
    assertEquals(0, segments.count());
    assertEquals(0, segments.buffers());
    segments.add(3, 4);
    segments.endBuffer();
    assertEquals(0, segments.firstSegment(0));
    assertEquals(1, segments.endSegment(0));
    assertEquals(3, segments.address(0));
  }

  @Test
  void aBufferMayHaveNoSegment() {
    RxSegments segments = new RxSegments(1);
    segments.endBuffer();
    segments.add(5, 6);
    segments.endBuffer();
    assertEquals(0, segments.endSegment(0));
    assertEquals(0, segments.firstSegment(1));
    assertEquals(1, segments.endSegment(1));
  }
}
