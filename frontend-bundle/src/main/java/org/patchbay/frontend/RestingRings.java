package org.patchbay.frontend;

import org.osgi.annotation.versioning.ProviderType;

/** The ring pairs of a NIC while no worker touches them. Used within a {@link RingChange} only. */
@ProviderType
public interface RestingRings {

  /**
   * Has a pair take back all its receive ids that were posted, by {@link RingPair#takeBack}.
   *
   * @param pair the pair's index
   * @throws IllegalStateException unless the change withdraws {@link Withdrawal#BUFFERS}
   */
  void takeBack(int pair);

  /**
   * Says how many of the first pairs the guest uses from now on. Pairs beyond are not served; with
   * none, one queue stays open and holds no buffers.
   *
   * @param count 0 to the number of pairs
   */
  void setActivePairs(int count);
}
