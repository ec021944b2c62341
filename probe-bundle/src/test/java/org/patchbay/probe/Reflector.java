package org.patchbay.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.RxMetadata;
import org.patchbay.api.TxBatch;
import org.patchbay.frontend.RingPort;

/**
 * Drives a ring pair as the engine would, with a backend that reflects each frame: some accepted,
 * completed at once or later, delivered when the test says so.
 */
final class Reflector implements RingPort {

  final ProbeRings rings;
  final TxBatch batch = new TxBatch(32, 2048);
  final List<Integer> inFlight = new ArrayList<>();
  final ArrayDeque<Integer> filled = new ArrayDeque<>();
  final ArrayDeque<Integer> posted = new ArrayDeque<>();
  final boolean[] held;
  final BufferAccess buffers;
  private final RxMetadata metadata = new RxMetadata();
  private final int[] ids = new int[64];
  int wakes;

  Reflector(ProbeRings rings) {
    this.rings = rings;
    held = new boolean[rings.receiveSlots()];
    rings.attach(this);
    buffers = rings.lend(rings.memory(), MemorySegment.NULL, false);
  }

  /** Takes all receive buffers that the probe has. */
  void post() {
    for (int count = -1; count != 0; ) {
      count = rings.takePosted(ids, ids.length);
      for (int i = 0; i < count; i++) {
        assertTrue(!held[ids[i]], "buffer " + ids[i] + " was posted twice");
        held[ids[i]] = true;
        posted.add(ids[i]);
      }
    }
  }

  int peek() {
    batch.clear();
    int count = rings.peekTransmits(batch);
    assertEquals(count, batch.packetCount());
    return count;
  }

  /** How many different ids the batch holds. */
  int batchIds() {
    Set<Integer> different = new HashSet<>();
    for (int packet = 0; packet < batch.packetCount(); packet++) {
      different.add(batch.id(packet));
    }
    return different.size();
  }

  /** Accepts the first packets of the last peek, each copied to a receive buffer. */
  void reflect(int count) {
    for (int packet = 0; packet < count; packet++) {
      int id = posted.remove();
      metadata.set(0, batch.length(packet));
      assertEquals(BufferAccess.WRITTEN, buffers.writePacket(id, metadata, batch, packet));
      filled.add(id);
    }
    accept(count);
  }

  /** Accepts packets that go nowhere. */
  void accept(int count) {
    for (int packet = 0; packet < count; packet++) {
      inFlight.add(batch.id(packet));
    }
    rings.acceptTransmits(count);
  }

  void complete(int count) {
    for (int i = 0; i < count; i++) {
      ids[0] = inFlight.removeFirst();
      rings.completeTransmits(ids, 1);
    }
  }

  long deliver(int count) {
    for (int i = 0; i < count; i++) {
      ids[i] = filled.remove();
      held[ids[i]] = false;
    }
    return rings.deliver(ids, count);
  }

  @Override
  public void wake() {
    wakes++;
  }

  @Override
  public boolean isPosted(int id) {
    return id >= 0 && id < held.length && held[id];
  }

  @Override
  public void refuse(int id) {
    throw new AssertionError("buffer " + id + " was not posted");
  }
}
