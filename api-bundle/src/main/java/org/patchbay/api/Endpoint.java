package org.patchbay.api;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A packet backend for one NIC: a factory of {@link Queue}s.
 *
 * <p>A backend registers its endpoint as an OSGi service under this interface with the service
 * properties named here. An endpoint without a device behind it has prototype scope, so that each
 * plug takes an instance of its own; one with a device is one factory configuration and one
 * service. An endpoint serves one NIC at a time.
 *
 * <p>All methods but {@link #waitForEndpointAction} and {@link #inspect} are called by one thread
 * at a time. The interface grows by default methods only; a wrapper extends {@link
 * DelegatingEndpoint} so that it never hides one.
 */
@ConsumerType
public interface Endpoint {

  /**
   * Service property: the unique name by which an operator plugs this endpoint ({@code String}).
   */
  String PROPERTY_NAME = "patchbay.endpoint.name";

  /** Service property: what {@link #endpointType()} answers ({@code String}). */
  String PROPERTY_TYPE = "patchbay.endpoint.type";

  /** Service property: what {@link #isOrdered()} answers ({@code Boolean}). */
  String PROPERTY_ORDERED = "patchbay.endpoint.ordered";

  /** Service property: the largest number of queues, 1 to 65535 ({@code Integer}). */
  String PROPERTY_MAX_QUEUES = "patchbay.endpoint.max.queues";

  /** Service property: names of the transmit offloads, see {@link TxOffloadSupport#names()}. */
  String PROPERTY_OFFLOADS = "patchbay.endpoint.offloads";

  /** Service property: link speed in bits per second ({@code Long}). */
  String PROPERTY_LINK_SPEED = "patchbay.endpoint.link.speed";

  /** Link speed of an endpoint that does not know its own: 10 Gbit/s, in bits per second. */
  long DEFAULT_LINK_SPEED = 10_000_000_000L;

  /** A short name of the kind of backend, for people; constant except for a disconnectable's. */
  String endpointType();

  /**
   * Opens the queues.
   *
   * @param configs one entry per queue wanted, at least one and at most {@link
   *     MultiQueueSupport#maxQueues()}
   * @param rss how received flows are spread over the queues, or null; valid during the call only
   * @return exactly one queue per config, in the order of the configs
   * @throws EndpointException {@link EndpointError#TOO_MANY_QUEUES}, {@link EndpointError#BUSY}
   *     while queues of an earlier call are open, or the backend's own cause; after a failure no
   *     queue, descriptor or thread of this call is left behind
   */
  List<Queue> getQueues(List<QueueConfig> configs, @Nullable RssConfig rss)
      throws EndpointException;

  /**
   * Stops the endpoint after its queues were closed. A second call, or one before the first {@link
   * #getQueues}, does nothing; {@code getQueues} may follow.
   *
   * @throws IllegalStateException if a queue is still open
   */
  void stop();

  /** Whether packets are always received and transmitted in order. */
  default boolean isOrdered() {
    return false;
  }

  /** Which transmit offloads packets may ask of this endpoint. */
  default TxOffloadSupport txOffloadSupport() {
    return TxOffloadSupport.NONE;
  }

  /**
   * Whether a VLAN in a transmitted packet's metadata goes with the packet. If not, the queues
   * never get one: the engine puts the tag into the frame.
   */
  default boolean carriesVlan() {
    return true;
  }

  /** How many queues there can be, and the size of the RSS indirection table. */
  default MultiQueueSupport multiQueueSupport() {
    return MultiQueueSupport.SINGLE;
  }

  /**
   * Whether transmits complete soon, so that a frontend may suppress the guest's transmit
   * notifications while some are in flight.
   */
  default boolean txFastCompletions() {
    return false;
  }

  /** Link speed in bits per second. */
  default long linkSpeed() {
    return DEFAULT_LINK_SPEED;
  }

  /**
   * Moves traffic between the synthetic path and the guest's accelerated virtual function.
   *
   * @throws EndpointException {@link EndpointError#UNSUPPORTED} unless the endpoint is paired with
   *     such a device
   */
  default void setDataPathToGuestVf(boolean useVf) throws EndpointException {
    throw new EndpointException(
        EndpointError.UNSUPPORTED,
        "endpoint type " + endpointType() + " has no data path to a guest's virtual function");
  }

  /**
   * Whether traffic flows through the guest's accelerated virtual function.
   *
   * @throws EndpointException {@link EndpointError#UNSUPPORTED} unless the endpoint is paired with
   *     such a device
   */
  default boolean getDataPathToGuestVf() throws EndpointException {
    throw new EndpointException(
        EndpointError.UNSUPPORTED,
        "endpoint type " + endpointType() + " has no data path to a guest's virtual function");
  }

  /**
   * Blocks until the endpoint wants something of its frontend. Called on a thread of its own; an
   * interrupt ends the wait, and an action taken but not delivered is kept for the next wait.
   *
   * @throws InterruptedException when interrupted
   */
  default EndpointAction waitForEndpointAction() throws InterruptedException {
    new CountDownLatch(1).await();
    throw new AssertionError("a latch that nobody counts down was released");
  }

  /**
   * Describes the endpoint's state. May be called by any thread at any time and must return soon.
   *
   * @param node where named values are written; valid during the call only
   */
  default void inspect(InspectNode node) {
    node.value("type", endpointType());
  }
}
