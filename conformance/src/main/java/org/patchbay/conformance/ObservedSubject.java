package org.patchbay.conformance;

import java.time.Duration;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.Endpoint;

/**
 * What a fixture gave for one check, as the check uses it: what the fixture's code throws is a
 * failure of the fixture. Any thread.
 */
final class ObservedSubject {

  private final Subject subject;

  private ObservedSubject(Subject subject) {
    this.subject = subject;
  }

  /** Has a fixture make an endpoint. */
  static ObservedSubject open(Fixture fixture) throws FixtureFailure {
    try {
      return new ObservedSubject(fixture.open());
    } catch (Exception | Error e) {
      throw new FixtureFailure(e);
    }
  }

  /** Whether a thread with such a stack is in the fixture's code. */
  static boolean isIn(StackTraceElement[] stack) {
    return Arrays.stream(stack)
        .anyMatch(frame -> frame.getClassName().equals(ObservedSubject.class.getName()));
  }

  /** The fixture's endpoint, as it is. */
  Endpoint endpoint() {
    return subject.endpoint();
  }

  private Peer peer() throws FixtureFailure {
    Peer peer = subject.peer();
    if (peer == null) {
      throw new FixtureFailure("the fixture's subject has no peer, but its fate is FAR_SIDE");
    }
    return peer;
  }

  /** Reads a frame from the far side, or null if none comes in time. */
  byte @Nullable [] read(Duration patience) throws FixtureFailure {
    Peer peer = peer();
    try {
      return peer.read(patience);
    } catch (Exception | Error e) {
      throw new FixtureFailure(e);
    }
  }

  /** Sends a frame from the far side. */
  void inject(byte[] frame) throws FixtureFailure {
    Peer peer = peer();
    try {
      peer.inject(frame);
    } catch (Exception | Error e) {
      throw new FixtureFailure(e);
    }
  }

  /** Frees what belongs to the endpoint. */
  void release() throws FixtureFailure {
    try {
      subject.release().run();
    } catch (Exception | Error e) {
      throw new FixtureFailure(e);
    }
  }
}
