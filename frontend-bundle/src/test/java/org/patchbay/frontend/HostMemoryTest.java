package org.patchbay.frontend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

class HostMemoryTest {

  @Test
  void isOneRegionFromItsStart() {
    try (HostMemory memory = new HostMemory(100)) {
      assertTrue(memory.guest().contains(HostMemory.START, 100));
      assertFalse(memory.guest().contains(HostMemory.START, 101));
      assertFalse(memory.guest().contains(0, 1));
      MemorySegment source = MemorySegment.ofArray(new byte[] {1, 2, 3});
      assertTrue(memory.guest().write(HostMemory.START + 97, source, 0, 3));
      assertEquals(3, memory.segment().get(ValueLayout.JAVA_BYTE, 99));
    }
  }

  @Test
  void isGoneWhenClosed() {
    HostMemory memory = new HostMemory(8);
    memory.close();
    memory.close();
    assertTrue(memory.free());
    assertThrows(IllegalStateException.class, () -> memory.segment().get(ValueLayout.JAVA_BYTE, 0));
  }
}
