package org.patchbay.vhostuser.protocol;

import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.patchbay.vhostuser.ring.VirtqueueLayout;

/**
 * All rings of a session: what the front-end said of each, and the steps in which a resting device
 * follows. Says nothing to the device by itself.
 *
 * <p>The session's thread; the steps run in a change of {@link DeviceRings}, for which that thread
 * waits.
 */
final class Vrings {

  private static final int INDEX_MASK = 0xff;

  private final int pairs;
  private final VringState[] vrings;
  private long features;

  Vrings(int pairs) {
    this.pairs = pairs;
    vrings = new VringState[2 * pairs];
    Arrays.setAll(vrings, VringState::new);
  }

  /** The virtio features that were negotiated. */
  long features() {
    return features;
  }

  /** Sets the virtio features; no ring is running. */
  void setFeatures(long negotiated) {
    features = negotiated;
  }

  VringState get(int index) throws ProtocolViolation {
    if (index < 0 || index >= vrings.length) {
      throw new ProtocolViolation(
          "ring "
              + Integer.toUnsignedString(index)
              + " is named; there are "
              + vrings.length
              + ", from 0");
    }
    return vrings[index];
  }

  /** The ring that a message with an eventfd names. */
  VringState ofEvent(Message message) throws ProtocolViolation {
    return get((int) message.int64(0) & INDEX_MASK);
  }

  /** The eventfd for a ring's errors; null if it has none, or there is no such ring. */
  @Nullable GuestEvent error(int ring) {
    return ring < 0 || ring >= vrings.length ? null : vrings[ring].error();
  }

  List<VringState> where(Predicate<VringState> which) {
    return Arrays.stream(vrings).filter(which).toList();
  }

  boolean isRunning() {
    return Arrays.stream(vrings).anyMatch(VringState::isRunning);
  }

  boolean isEnabled(VringState vring) {
    return vring.isEnabled(!VirtioFeature.PROTOCOL_FEATURES.isIn(features));
  }

  void disable() {
    for (VringState vring : vrings) {
      vring.setEnabled(false);
    }
  }

  /** Forgets features, bases, and which rings are enabled; none is running. */
  void reset() {
    features = 0;
    for (VringState vring : vrings) {
      vring.setBase(0);
      vring.setEnabled(null);
    }
  }

  /** How many of the first pairs have a ring that is running and enabled. */
  int activePairs() {
    int count = 0;
    while (count < pairs && (isActive(2 * count) || isActive(2 * count + 1))) {
      count++;
    }
    return count;
  }

  private boolean isActive(int ring) {
    return vrings[ring].isRunning() && isEnabled(vrings[ring]);
  }

  VirtqueueLayout layout(VringState vring, MemoryTable table) throws ProtocolViolation {
    return vring.layout(
        table, VirtioFeature.RING_PACKED.isIn(features), VirtioFeature.EVENT_IDX.isIn(features));
  }

  /** Refuses memory in which a running ring is not to be found. */
  void checkRunning(MemoryTable next) throws ProtocolViolation {
    for (VringState vring : vrings) {
      if (vring.isRunning()) {
        layout(vring, next);
      }
    }
  }

  // ---- steps of a change ----

  /** Has the rings that are running go on in other memory, in which they were found before. */
  void move(MemoryTable next, RestingDevice device) {
    remove(where(VringState::isRunning), device);
    device.setMemory(next.guestRegions());
    for (VringState vring : vrings) {
      if (vring.isRunning()) {
        try {
          device.setLayout(vring.index(), layout(vring, next));
        } catch (ProtocolViolation checkedBefore) {
          throw new IllegalStateException(checkedBefore);
        }
      }
    }
  }

  void applyEnabled(RestingDevice device) {
    for (VringState vring : vrings) {
      if (vring.isRunning()) {
        device.setEnabled(vring.index(), isEnabled(vring));
      }
    }
    device.setActivePairs(activePairs());
  }

  /** Stops those of the named rings that are running. */
  void stop(List<VringState> named, RestingDevice device) {
    List<VringState> stopping = named.stream().filter(VringState::isRunning).toList();
    remove(stopping, device);
    for (VringState vring : stopping) {
      device.setKick(vring.index(), null);
      device.setCall(vring.index(), null);
      vring.setRunning(false);
    }
    device.setActivePairs(activePairs());
  }

  /** Takes rings away, remembering where they were. */
  private static void remove(List<VringState> removed, RestingDevice device) {
    removed.stream().mapToInt(VringState::pair).distinct().forEach(device::takeBack);
    for (VringState vring : removed) {
      vring.setBase(device.base(vring.index()));
      device.setLayout(vring.index(), null);
    }
  }

  /** Takes all rings away, those too that a change which failed may have left there. */
  void clear(RestingDevice device) {
    for (int pair = 0; pair < pairs; pair++) {
      device.takeBack(pair);
    }
    for (VringState vring : vrings) {
      device.setLayout(vring.index(), null);
      device.setKick(vring.index(), null);
      device.setCall(vring.index(), null);
      vring.setRunning(false);
    }
    device.setActivePairs(0);
  }
}
