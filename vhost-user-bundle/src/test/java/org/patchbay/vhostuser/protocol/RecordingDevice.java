package org.patchbay.vhostuser.protocol;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.api.GuestRegion;
import org.patchbay.frontend.Withdrawal;
import org.patchbay.linux.Descriptor;
import org.patchbay.vhostuser.ring.VirtqueueLayout;

/** A device without an engine: keeps what a session sets, and checks when it may. */
final class RecordingDevice implements DeviceRings, RestingDevice {

  final @Nullable VirtqueueLayout[] layouts;
  final @Nullable Descriptor[] kicks;
  final @Nullable Descriptor[] calls;
  final boolean[] enabled;
  final int[] bases;
  final List<String> log = new ArrayList<>();
  final List<Runnable> unused = new ArrayList<>();
  List<GuestRegion> memory = List.of();
  long features;
  int activePairs;

  /** Whether actions are kept as if a worker's thread had been given up. */
  boolean holdsUnused;

  /** Whether the engine does not get to the next change. */
  boolean failsNext;

  /** What happens on the engine's side before a change is made. */
  Runnable beforeChange = () -> {};

  /** Which ring's layout can't be set, as its memory is gone; -1 for none. */
  int faultyRing = -1;

  private @Nullable Withdrawal resting;
  private final Set<Integer> takenBack = new HashSet<>();

  RecordingDevice(int pairs) {
    layouts = new VirtqueueLayout[2 * pairs];
    kicks = new Descriptor[2 * pairs];
    calls = new Descriptor[2 * pairs];
    enabled = new boolean[2 * pairs];
    bases = new int[2 * pairs];
  }

  boolean isRunning(int ring) {
    return layouts[ring] != null;
  }

  @Override
  public void change(Withdrawal withdrawal, Change change) throws EndpointException {
    if (failsNext) {
      failsNext = false;
      throw new EndpointException(EndpointError.TIMED_OUT, "the test says so");
    }
    beforeChange.run();
    resting = withdrawal;
    log.add(withdrawal.toString());
    try {
      change.apply(this);
    } finally {
      resting = null;
      takenBack.clear();
    }
  }

  @Override
  public void whenUnused(List<GuestRegion> regions, Runnable action) {
    check(regions.stream().noneMatch(memory::contains), "giving memory back that is in use");
    whenRingsUnused(action);
  }

  @Override
  public void whenRingsUnused(Runnable action) {
    if (holdsUnused) {
      unused.add(action);
    } else {
      action.run();
    }
  }

  private void check(boolean allowed, String what) {
    if (!allowed) {
      throw new AssertionError(what + " while " + resting + " is withdrawn");
    }
  }

  @Override
  public void setMemory(List<GuestRegion> regions) {
    check(resting == Withdrawal.BUFFERS, "setMemory");
    for (VirtqueueLayout layout : layouts) {
      check(layout == null, "setMemory under a running ring");
    }
    memory = regions;
    log.add("memory " + regions.size());
  }

  @Override
  public void extendMemory(List<GuestRegion> regions) {
    check(resting != null, "extendMemory");
    check(regions.containsAll(memory), "extendMemory without a region that was set");
    memory = regions;
    log.add("more memory, " + regions.size());
  }

  @Override
  public void setFeatures(long negotiated) {
    check(resting != null, "setFeatures");
    features = negotiated;
  }

  @Override
  public void setLayout(int ring, @Nullable VirtqueueLayout layout) {
    check(resting != null && (layout != null || resting == Withdrawal.BUFFERS), "setLayout");
    check(layout == null || layouts[ring] == null, "setLayout of a running ring");
    if (layout != null && ring == faultyRing) {
      throw new InternalError("the memory of ring " + ring + " is gone");
    }
    layouts[ring] = layout;
    if (layout != null) {
      checkMapped(layout.descriptorArea(), 16L * layout.size());
      checkMapped(layout.driverArea(), 4);
      checkMapped(layout.deviceArea(), 4);
      bases[ring] = layout.base();
    }
    log.add((layout == null ? "stop " : "start ") + ring);
  }

  private void checkMapped(long address, long length) {
    check(
        memory.stream()
            .map(GuestRegion::memory)
            .anyMatch(
                mapped ->
                    address >= mapped.address()
                        && address + length <= mapped.address() + mapped.byteSize()),
        "a ring outside the memory");
  }

  @Override
  public void setKick(int ring, @Nullable Descriptor kick) {
    check(resting != null, "setKick");
    check(kick == null || kick.isOpen(), "a closed kick");
    kicks[ring] = kick;
  }

  @Override
  public void setCall(int ring, @Nullable Descriptor call) {
    check(resting != null, "setCall");
    check(call == null || call.isOpen(), "a closed call");
    calls[ring] = call;
  }

  @Override
  public void setEnabled(int ring, boolean nowEnabled) {
    check(resting != null, "setEnabled");
    enabled[ring] = nowEnabled;
  }

  @Override
  public void takeBack(int pair) {
    check(resting == Withdrawal.BUFFERS, "takeBack");
    log.add("take back " + pair);
    takenBack.add(pair);
  }

  @Override
  public int base(int ring) {
    check(resting == Withdrawal.BUFFERS && takenBack.contains(ring / 2), "base");
    return bases[ring];
  }

  @Override
  public void setActivePairs(int count) {
    check(resting != null, "setActivePairs");
    activePairs = count;
  }
}
