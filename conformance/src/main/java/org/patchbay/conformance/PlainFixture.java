package org.patchbay.conformance;

import java.util.function.Supplier;
import org.patchbay.api.Endpoint;

/**
 * A fixture of an endpoint that has no far side and nothing to free.
 *
 * @param name what reports call it
 * @param fate what becomes of frames
 * @param maker makes an endpoint
 */
record PlainFixture(String name, FrameFate fate, Supplier<? extends Endpoint> maker)
    implements Fixture {

  @Override
  public Subject open() {
    return Subject.of(maker.get());
  }
}
