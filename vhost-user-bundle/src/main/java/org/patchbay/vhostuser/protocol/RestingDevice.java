package org.patchbay.vhostuser.protocol;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.GuestRegion;
import org.patchbay.linux.Descriptor;
import org.patchbay.vhostuser.ring.VirtqueueLayout;

/**
 * A device that no worker touches now. Rings are numbered as the protocol does: ring 2 i receives
 * and ring 2 i + 1 transmits, as the guest sees it, for queue pair i.
 */
public interface RestingDevice {

  /** Sets the guest's memory. Only with {@link org.patchbay.frontend.Withdrawal#BUFFERS}. */
  void setMemory(List<GuestRegion> regions);

  /**
   * Adds to the guest's memory under running rings.
   *
   * @param regions all of them; those that were set before are among them, mapped as they were
   */
  void extendMemory(List<GuestRegion> regions);

  /** Sets the virtio features that were negotiated; no ring is running. */
  void setFeatures(long features);

  /** Sets where a ring lies and begins, or null to stop it. */
  void setLayout(int ring, @Nullable VirtqueueLayout layout);

  /** Sets the descriptor through which the guest wakes us; null if it does not. */
  void setKick(int ring, @Nullable Descriptor kick);

  /** Sets the descriptor through which we interrupt the guest; null if it wants none of that. */
  void setCall(int ring, @Nullable Descriptor call);

  /** Sets whether a ring's packets have any effect. */
  void setEnabled(int ring, boolean enabled);

  /**
   * Takes back what a queue pair's rings have given and did not get back, so that {@link #base}
   * tells where each of them goes on; those that are not stopped go on by themselves. Only with
   * {@link org.patchbay.frontend.Withdrawal#BUFFERS}.
   */
  void takeBack(int pair);

  /** Where a ring of a pair that was taken back goes on, in the form of GET_VRING_BASE. */
  int base(int ring);

  /** Sets how many of the first queue pairs the guest uses. */
  void setActivePairs(int count);
}
