package org.patchbay.conformance;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * The far side of an endpoint, as a test's author implements it: where transmitted frames come out
 * and frames for the guest go in. Frames are those on the wire, VLAN tags in place, from the
 * destination address to the last byte of payload. Any thread, one at a time per method.
 */
@ConsumerType
public interface Peer {

  /**
   * Sends a frame towards the endpoint.
   *
   * @throws Exception if it can't be sent, which fails the check as an error of the fixture
   */
  void inject(byte[] frame) throws Exception;

  /**
   * Reads the next frame that came out of the endpoint. Frames that the kit did not send, as a
   * kernel's own, may be among them; the kit passes over them.
   *
   * @param patience how long to wait at most
   * @return the frame, or null if none came in time
   * @throws Exception if reading fails, which fails the check as an error of the fixture
   */
  byte @Nullable [] read(Duration patience) throws Exception;
}
