package org.patchbay.conformance;

import java.time.Duration;
import java.util.function.Supplier;

/**
 * A fixture for the kit's own tests, with little patience.
 *
 * @param name what reports call it
 * @param fate what becomes of frames
 * @param mtu the NIC's MTU in bytes
 * @param subjects makes the endpoints
 */
record TestFixture(String name, FrameFate fate, int mtu, Supplier<Subject> subjects)
    implements Fixture {

  TestFixture(String name, FrameFate fate, Supplier<Subject> subjects) {
    this(name, fate, 1500, subjects);
  }

  @Override
  public Subject open() {
    return subjects.get();
  }

  @Override
  public Duration patience() {
    return Duration.ofMillis(150);
  }

  @Override
  public Duration limit() {
    return Duration.ofSeconds(8);
  }

  @Override
  public String toString() {
    return name;
  }
}
