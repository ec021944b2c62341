package org.patchbay.frontend;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.GuestMemory;
import org.patchbay.api.RxMetadata;
import org.patchbay.api.RxSegments;
import org.patchbay.api.TxBatch;

class SlotBuffersTest {

  private static final int SLOT = 64;

  private final Set<Integer> posted = new HashSet<>(List.of(1));
  private final Set<Integer> refused = new HashSet<>();
  private Arena arena;
  private MemorySegment memory;
  private SlotBuffers buffers;
  private BufferAccess access;

  @BeforeEach
  void open() {
    arena = Arena.ofConfined();
    memory = arena.allocate(3 * SLOT);
    buffers = new SlotBuffers(GuestMemory.of(memory), 0, 3, SLOT);
    buffers.attach(
        new RingPort() {
          @Override
          public void wake() {}

          @Override
          public boolean isPosted(int id) {
            return posted.contains(id);
          }

          @Override
          public void refuse(int id) {
            refused.add(id);
          }
        });
    access = buffers.lend(buffers.memory(), false);
  }

  @AfterEach
  void close() {
    arena.close();
  }

  @Test
  void refusesWhatTheBackendDoesNotHold() {
    MemorySegment data = filled(8);
    RxMetadata metadata = new RxMetadata().set(0, 8);
    for (int id : new int[] {0, 2, -1, 99}) {
      refused.clear();
      assertEquals(BufferAccess.NOT_POSTED, access.capacity(id));
      assertEquals(BufferAccess.NOT_POSTED, access.writeData(id, data, 0, 8));
      assertEquals(BufferAccess.NOT_POSTED, access.writeMetadata(id, metadata));
      assertEquals(BufferAccess.NOT_POSTED, access.pushGuestAddresses(id, new RxSegments(1)));
      assertEquals(Set.of(id), refused);
    }
    assertEquals(0, ones(), "nothing may be written");
  }

  @Test
  void aFrameLongerThanTheSlotTouchesNothing() {
    assertEquals(BufferAccess.TOO_LONG, access.writeData(1, filled(SLOT + 1), 0, SLOT + 1));
    assertEquals(0, ones());
    assertEquals(BufferAccess.WRITTEN, access.writeData(1, filled(SLOT), 0, SLOT));
    assertEquals(SLOT, ones());
    assertEquals(1, memory.get(ValueLayout.JAVA_BYTE, SLOT));
    assertEquals(1, memory.get(ValueLayout.JAVA_BYTE, 2 * SLOT - 1));
  }

  @Test
  void metadataMustLieWithinTheSlot() {
    assertEquals(BufferAccess.WRITTEN, access.writeMetadata(1, new RxMetadata().set(4, 60)));
    assertEquals(BufferAccess.TOO_LONG, access.writeMetadata(1, new RxMetadata().set(5, 60)));
    assertEquals(BufferAccess.TOO_LONG, access.writeMetadata(1, new RxMetadata().set(-1, 2)));
    assertEquals(BufferAccess.TOO_LONG, access.writeMetadata(1, new RxMetadata().set(0, -2)));
    assertEquals(
        BufferAccess.TOO_LONG,
        access.writeMetadata(1, new RxMetadata().set(Integer.MAX_VALUE, Integer.MAX_VALUE)));
    assertEquals(4, buffers.metadata(1).offset());
  }

  @Test
  void copiesATransmittedPacketFromItsSegments() {
    memory.asSlice(0, 10).fill((byte) 1);
    TxBatch batch = new TxBatch(1, 2);
    batch.addPacket(5, 2, 0, 10, 0, 4);
    batch.addSegment(4, 6);
    assertEquals(
        BufferAccess.WRITTEN, access.writePacket(1, new RxMetadata().set(0, 10), batch, 0));
    assertEquals(20, ones());
    assertEquals(10, buffers.metadata(1).length());
  }

  @Test
  void aBatchEndsBeforeThePacketThatCannotBeWritten() {
    memory.asSlice(0, 10).fill((byte) 1);
    posted.add(2);
    TxBatch batch = new TxBatch(4, 4);
    batch.addPacket(5, 1, 0, 10, 0, 10);
    batch.setVlan(77);
    batch.addPacket(6, 1, 0, 4, 0, 4);
    batch.addPacket(7, 1, 0, SLOT + 1, 0, SLOT + 1);
    RxMetadata carrier = new RxMetadata();
    assertEquals(2, access.writePackets(new int[] {9, 1, 2, 1}, 1, 3, carrier, batch, 0));
    assertEquals(77, buffers.metadata(1).vlan());
    assertEquals(4, buffers.metadata(2).length());
    assertEquals(24, ones());
    assertEquals(1, access.writePackets(new int[] {2, 0}, 0, 2, carrier, batch, 0));
    assertEquals(Set.of(), refused, "the caller asks about the packet by itself");
  }

  @Test
  void whatWasLentBeforeGivesAccessToNothing() {
    BufferAccess next = buffers.lend(buffers.memory(), false);
    assertEquals(BufferAccess.NOT_POSTED, access.capacity(1));
    assertEquals(BufferAccess.NOT_POSTED, access.writeData(1, filled(8), 0, 8));
    assertEquals(BufferAccess.NOT_POSTED, access.writeMetadata(1, new RxMetadata().set(0, 8)));
    assertEquals(0, ones());
    assertEquals(Set.of(), refused, "nobody is to blame for a late call");
    assertEquals(SLOT, next.capacity(1));
  }

  @Test
  void metadataOutlivesWhatWasLent() {
    access.writeMetadata(1, new RxMetadata().set(4, 60));
    buffers.lend(buffers.memory(), true);
    assertEquals(60, buffers.metadata(1).length());
  }

  private MemorySegment filled(int length) {
    byte[] data = new byte[length];
    Arrays.fill(data, (byte) 1);
    return MemorySegment.ofArray(data);
  }

  private long ones() {
    long sum = 0;
    for (byte value : memory.toArray(ValueLayout.JAVA_BYTE)) {
      sum += value;
    }
    return sum;
  }
}
