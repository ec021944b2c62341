package org.patchbay.disconnectable;

import org.jspecify.annotations.Nullable;
import org.patchbay.api.Endpoint;

/** The right of one holder to use one endpoint object, until it is given back. */
interface Lease {

  /** Service id of a lease that is not of a service. */
  long NO_SERVICE = -1;

  /** Name by which operators know the endpoint. */
  String name();

  /** The vendor's object. */
  Endpoint endpoint();

  /** Id of the service that it came from, or {@link #NO_SERVICE}. */
  long serviceId();

  /** Who made it, for operators' sentences: {@code bundle org.example.x 1.2.3}. */
  String origin();

  /** Gives up the claim, so that another can have the endpoint. Calls nobody. Idempotent. */
  void unclaim();

  /**
   * Gives the object back to the framework, bounded. Never by coordinator or worker. Idempotent.
   */
  void unget();

  /** As {@link #unget}, on the calling thread, which is the one that announces the leaving. */
  default void ungetHere() {
    unget();
  }

  /**
   * Keeps the object from being given back, and the claim from being given up: it is stuck, and the
   * framework takes it back itself when its service ends.
   */
  void abandon();

  /** What was abandoned came free after all: from now on it can be given back like any other. */
  default void recover() {}

  /** The object to hand back to whoever connected it; null if it is a service's. */
  default @Nullable Endpoint returned() {
    return null;
  }
}
