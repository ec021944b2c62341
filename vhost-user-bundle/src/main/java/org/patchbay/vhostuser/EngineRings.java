package org.patchbay.vhostuser;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.EndpointException;
import org.patchbay.api.GuestRegion;
import org.patchbay.frontend.NicEngine;
import org.patchbay.frontend.RestingRings;
import org.patchbay.frontend.Withdrawal;
import org.patchbay.linux.Descriptor;
import org.patchbay.vhostuser.protocol.DeviceRings;
import org.patchbay.vhostuser.protocol.RestingDevice;
import org.patchbay.vhostuser.ring.GuestRingPair;
import org.patchbay.vhostuser.ring.VirtqueueLayout;

/** A NIC's ring pairs, changed through its engine. The message thread's. */
final class EngineRings implements DeviceRings {

  private final NicEngine engine;
  private final List<GuestRingPair> pairs;

  // Changed at rest only, like the pairs themselves.
  private final boolean[] enabled;

  EngineRings(NicEngine engine, List<GuestRingPair> pairs) {
    this.engine = engine;
    this.pairs = List.copyOf(pairs);
    enabled = new boolean[2 * pairs.size()];
  }

  @Override
  public void change(Withdrawal withdrawal, Change change)
      throws EndpointException, InterruptedException {
    engine.changeRings(withdrawal, rings -> change.apply(new Resting(rings)));
  }

  @Override
  public void whenUnused(List<GuestRegion> memory, Runnable action) {
    engine.whenUnused(memory, action);
  }

  @Override
  public void whenRingsUnused(Runnable action) {
    engine.whenRingsUnused(action);
  }

  private final class Resting implements RestingDevice {

    private final RestingRings rings;

    Resting(RestingRings rings) {
      this.rings = rings;
    }

    private GuestRingPair pair(int ring) {
      return pairs.get(ring >> 1);
    }

    private static boolean transmits(int ring) {
      return (ring & 1) != 0;
    }

    @Override
    public void setMemory(List<GuestRegion> regions) {
      pairs.forEach(GuestRingPair::renewOwn);
      List<GuestRegion> own = ownRegions();
      pairs.forEach(pair -> pair.setMemory(regions, own));
    }

    @Override
    public void extendMemory(List<GuestRegion> regions) {
      List<GuestRegion> own = ownRegions();
      pairs.forEach(pair -> pair.extendMemory(regions, own));
    }

    /** Pairs may share a queue, so each of them knows the memory of all. */
    private List<GuestRegion> ownRegions() {
      return pairs.stream().flatMap(pair -> pair.ownRegions().stream()).toList();
    }

    @Override
    public void setFeatures(long features) {
      pairs.forEach(pair -> pair.setFeatures(features));
    }

    @Override
    public void setLayout(int ring, @Nullable VirtqueueLayout layout) {
      if (transmits(ring)) {
        pair(ring).setTransmit(layout);
      } else {
        pair(ring).setReceive(layout);
      }
    }

    @Override
    public void setKick(int ring, @Nullable Descriptor kick) {
      pair(ring).setKick(transmits(ring), kick);
    }

    @Override
    public void setCall(int ring, @Nullable Descriptor call) {
      pair(ring).setCall(transmits(ring), call);
    }

    @Override
    public void setEnabled(int ring, boolean nowEnabled) {
      enabled[ring] = nowEnabled;
      pair(ring).setEnabled(enabled[ring & ~1], enabled[ring | 1]);
    }

    @Override
    public void takeBack(int pair) {
      rings.takeBack(pair);
    }

    @Override
    public int base(int ring) {
      return transmits(ring) ? pair(ring).transmitBase() : pair(ring).receiveBase();
    }

    @Override
    public void setActivePairs(int count) {
      rings.setActivePairs(count);
    }
  }
}
