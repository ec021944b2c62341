package org.patchbay.conformance;

import java.time.Duration;
import java.util.function.Supplier;
import org.osgi.annotation.versioning.ConsumerType;
import org.patchbay.api.Endpoint;
import org.patchbay.api.driver.WorkerWaitFactory;
import org.patchbay.conformance.support.ParkingWaitFactory;

/**
 * What the kit has to know of an endpoint in order to check it. For an endpoint that drops or
 * reflects frames, {@link #dropping} and {@link #reflecting} make one; for one with a far side a
 * vendor writes it, with a {@link Peer} at that side. Methods are called by one thread at a time,
 * not always the same.
 */
@ConsumerType
public interface Fixture {

  /** The least {@link #mtu()}, in bytes: what every IPv4 host takes. */
  int LEAST_MTU = 576;

  /** The largest {@link #mtu()}, in bytes: the kit's guest memory has room for buffers as long. */
  int MOST_MTU = 9216;

  /** What reports call the endpoint. */
  String name();

  /** What becomes of frames. */
  FrameFate fate();

  /**
   * Makes an endpoint for one check.
   *
   * @throws Exception if that fails, which fails the check as an error of the fixture
   */
  Subject open() throws Exception;

  /**
   * MTU of the NIC that the kit plays, {@link #LEAST_MTU} to {@link #MOST_MTU} bytes; frames are at
   * most 14 bytes longer.
   */
  default int mtu() {
    return 1500;
  }

  /**
   * Makes the waits of the queues' drivers. The default can't watch descriptors, which an endpoint
   * with a device behind it needs: such a fixture answers one that can.
   */
  default WorkerWaitFactory waits() {
    return new ParkingWaitFactory();
  }

  /** How long a check may take at most; an endpoint that blocks for longer is left to itself. */
  default Duration limit() {
    return Duration.ofSeconds(30);
  }

  /** How long the endpoint may do nothing before a check gives up waiting for it. */
  default Duration patience() {
    return Duration.ofSeconds(2);
  }

  /**
   * A fixture of an endpoint that drops each frame and receives none.
   *
   * @param name what reports call it
   * @param maker makes an endpoint
   */
  static Fixture dropping(String name, Supplier<? extends Endpoint> maker) {
    return new PlainFixture(name, FrameFate.DROPPED, maker);
  }

  /**
   * A fixture of an endpoint whose queues receive what they transmit.
   *
   * @param name what reports call it
   * @param maker makes an endpoint
   */
  static Fixture reflecting(String name, Supplier<? extends Endpoint> maker) {
    return new PlainFixture(name, FrameFate.REFLECTED, maker);
  }
}
