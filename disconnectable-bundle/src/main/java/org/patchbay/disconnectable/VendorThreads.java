package org.patchbay.disconnectable;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The bundle's threads in vendors' code, those that were given up, and the plugs that wait for
 * these to return. Any thread.
 *
 * @param threads where control calls run
 * @param stuck those that do not return
 * @param abandoned plugs whose objects can't be given back yet
 */
record VendorThreads(CallThreads threads, StuckThreads stuck, Set<FacadeEndpoint> abandoned) {

  VendorThreads() {
    this(new CallThreads(), new StuckThreads(), ConcurrentHashMap.newKeySet());
  }

  /** Keeps an abandoned plug until nobody is inside it. */
  void await(FacadeEndpoint plug) {
    abandoned.add(plug);
  }

  /** Has those given back that have come free meanwhile. By an errand. */
  void recover() {
    stuck.forgetReturned();
    abandoned.removeIf(FacadeEndpoint::recover);
  }
}
