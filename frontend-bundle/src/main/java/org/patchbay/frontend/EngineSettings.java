package org.patchbay.frontend;

import org.patchbay.api.MacAddress;
import org.patchbay.api.QueueConfig;
import org.patchbay.api.control.NicSettings;

/**
 * What an engine needs to know of a NIC.
 *
 * @param nic name and rules of the disconnectable
 * @param frontend kind of the frontend, such as {@code probe}
 * @param macAddress the NIC's address
 * @param mtu its largest layer-3 packet in bytes
 * @param holdNanos how long the guest's transmits stay in its ring after its endpoint went, before
 *     the fallback drops them, in nanoseconds, 0 or more
 */
public record EngineSettings(
    NicSettings nic, String frontend, MacAddress macAddress, int mtu, long holdNanos) {

  public EngineSettings {
    if (mtu < QueueConfig.MIN_MTU || mtu > QueueConfig.MAX_MTU) {
      throw new IllegalArgumentException(
          "mtu is "
              + mtu
              + "; allowed are "
              + QueueConfig.MIN_MTU
              + " to "
              + QueueConfig.MAX_MTU
              + " bytes");
    }
    if (holdNanos < 0) {
      throw new IllegalArgumentException("hold is negative; allowed are 0 ms and more");
    }
  }
}
