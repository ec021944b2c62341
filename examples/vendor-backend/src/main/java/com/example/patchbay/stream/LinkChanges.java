package com.example.patchbay.stream;

import org.patchbay.api.EndpointAction;

/**
 * Changes of the link's state that its frontend has to hear of: only the last one matters, and one
 * that was taken back before anybody heard of it is none. Any thread.
 */
final class LinkChanges {
  private boolean up = true; // guarded by this

  /** What the frontend last heard; it begins by taking the link to be up. Guarded by this. */
  private boolean told = true;

  /** Forgets what was told, for a frontend that begins anew. */
  synchronized void reset() {
    up = true;
    told = true;
  }

  synchronized void set(boolean isUp) {
    up = isUp;
    notifyAll();
  }

  /** Waits until there is something to tell. */
  synchronized EndpointAction await() throws InterruptedException {
    while (up == told) {
      wait();
    }
    told = up;
    return new EndpointAction.LinkStatusNotify(up);
  }
}
