package org.patchbay.vhostuser.ring;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.lang.foreign.ValueLayout;
import org.patchbay.api.RxMetadata;

/**
 * Guests that write anything anywhere in their rings and headers, at any time: nothing is thrown,
 * nothing outside their memory is touched, and no call goes on for ever.
 */
class RingFuzzTest {

  private static final int SIZE = 8;
  private static final int MOST_STEPS = 300;
  private static final long SPARE = 4096;
  private static final int[] SETTINGS = {
    Features.CSUM,
    Features.GUEST_CSUM,
    Features.HOST_TSO4,
    Features.HOST_TSO6,
    Features.MRG_RXBUF,
    Features.INDIRECT_DESC,
    Features.EVENT_IDX,
    Features.VERSION_1,
    Features.IN_ORDER,
    Features.HOST_USO
  };

  private static long features(FuzzedDataProvider data) {
    int chosen = data.consumeInt(0, (1 << SETTINGS.length) - 1);
    long features = 0;
    for (int i = 0; i < SETTINGS.length; i++) {
      features |= (long) (chosen >>> i & 1) << SETTINGS[i];
    }
    return features;
  }

  @FuzzTest(maxDuration = "20s")
  void splitRings(FuzzedDataProvider data) {
    run(data, features(data));
  }

  @FuzzTest(maxDuration = "20s")
  void packedRings(FuzzedDataProvider data) {
    run(data, features(data) | 1L << Features.RING_PACKED);
  }

  @FuzzTest(maxDuration = "20s")
  void headers(FuzzedDataProvider data) {
    long features = features(data) | 1L << Features.CSUM;
    ChainShape shape = data.pickValue(ChainShape.values());
    GuestDriver.Header header =
        new GuestDriver.Header(
            data.consumeInt(0, 3),
            data.pickValue(new Integer[] {0, 1, 3, 4, 5, 0x81, 0xff}),
            data.consumeInt(0, 0xffff),
            data.consumeInt(0, 0xffff),
            data.consumeInt(0, 0xffff),
            data.consumeInt(0, 0xffff));
    byte[] frame = data.consumeBytes(RingRig.SLOT - 12);
    try (RingRig rig = new RingRig(features, 32)) {
      if (frame.length > 0 && rig.driver.send(frame, header, shape, data.consumeBoolean())) {
        rig.driver.transmitRing().publish();
        int shown = rig.peek().packetCount();
        for (int i = 0; i < shown; i++) {
          RequestCheck.check(rig.peek(), i);
        }
        rig.acceptAndComplete(shown);
        rig.pair.flush();
        assertEquals(1, rig.driver.reclaim());
      }
    }
  }

  private static void run(FuzzedDataProvider data, long features) {
    try (RingRig rig = new RingRig(features, SIZE, 200, 512)) {
      Edges edges = new Edges(rig);
      for (int i = 0; i < MOST_STEPS && data.remainingBytes() > 0 && rig.errors.isEmpty(); i++) {
        step(data, rig);
      }
      rig.takeBack();
      rig.inspected();
      edges.check();
    }
  }

  private static void step(FuzzedDataProvider data, RingRig rig) {
    DriverRing ring = data.consumeBoolean() ? rig.driver.receiveRing() : rig.driver.transmitRing();
    switch (data.consumeInt(0, 11)) {
      case 0, 1, 2 -> writeDescriptor(data, rig, ring.descriptorArea, data.consumeInt(0, SIZE - 1));
      case 3 -> writeDescriptor(data, rig, SPARE, data.consumeInt(0, 15));
      case 4 -> {
        long at = ring.driverArea + 4 + 2L * data.consumeInt(0, SIZE);
        rig.memory.set(DriverRing.SHORT, at, (short) data.consumeInt(0, SIZE));
      }
      case 5 -> {
        int index = rig.memory.get(DriverRing.SHORT, ring.driverArea + 2);
        rig.memory.set(
            DriverRing.SHORT, ring.driverArea + 2, (short) (index + data.consumeInt(0, SIZE)));
      }
      case 6 -> {
        long at = data.consumeLong(0, 2 * DriverRing.bytesNeeded(SIZE) - 1);
        rig.memory.set(ValueLayout.JAVA_BYTE, at, data.consumeByte());
      }
      case 7 -> rig.post();
      case 8 -> rig.reflectWhatFits();
      case 9 -> receive(data, rig);
      case 10 -> {
        rig.takeBack();
        if (data.consumeBoolean()) {
          rig.restart();
        }
      }
      default -> rig.pair.pollReady(true, data.consumeBoolean());
    }
  }

  private static void writeDescriptor(FuzzedDataProvider data, RingRig rig, long table, int index) {
    long at = table + 16L * index;
    long address =
        switch (data.consumeInt(0, 3)) {
          case 0 -> data.consumeLong();
          case 1 -> RingRig.GUEST_BASE + SPARE;
          default -> RingRig.GUEST_BASE + data.consumeLong(-20, rig.memory.byteSize() + 20);
        };
    int length = data.consumeBoolean() ? data.consumeInt(0, 300) : data.consumeInt();
    rig.memory.set(DriverRing.LONG, at, address);
    rig.memory.set(DriverRing.INT, at + 8, length);
    rig.memory.set(DriverRing.INT, at + 12, data.consumeInt());
    if (data.consumeBoolean()) {
      rig.memory.set(DriverRing.SHORT, at + 12, (short) data.consumeInt(0, 7));
    }
  }

  private static void receive(FuzzedDataProvider data, RingRig rig) {
    if (rig.posted.isEmpty()) {
      return;
    }
    int what = data.consumeInt(0, 2);
    if (what == 0) {
      rig.discard(new int[] {rig.posted.remove()});
      return;
    }
    if (what == 1) {
      rig.posted.add(rig.posted.remove()); // the backend's order is another
    }
    int length = data.consumeInt(0, 220);
    RxMetadata metadata = new RxMetadata().set(data.consumeInt(0, 20), length);
    if (data.consumeBoolean()) {
      metadata.vlan(data.consumeInt(0, 0xffff));
    }
    rig.receive(new byte[length], metadata);
  }
}
