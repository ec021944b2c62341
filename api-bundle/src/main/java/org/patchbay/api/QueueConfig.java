package org.patchbay.api;

import java.util.Objects;

/**
 * What a backend needs to open one queue.
 *
 * @param driver how the queue wakes and waits; ends when the queue was closed
 * @param macAddress the address of the NIC in front of the endpoint
 * @param mtu the NIC's largest layer-3 packet in bytes, 68 to 65535
 */
public record QueueConfig(QueueDriver driver, MacAddress macAddress, int mtu) {

  /** Smallest MTU that IPv4 allows (RFC 791), in bytes. */
  public static final int MIN_MTU = 68;

  /** Largest MTU, in bytes. */
  public static final int MAX_MTU = 65535;

  public QueueConfig {
    Objects.requireNonNull(driver, "driver");
    Objects.requireNonNull(macAddress, "macAddress");
    if (mtu < MIN_MTU || mtu > MAX_MTU) {
      throw new IllegalArgumentException(
          "mtu is " + mtu + "; allowed are " + MIN_MTU + " to " + MAX_MTU + " bytes");
    }
  }
}
