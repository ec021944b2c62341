package org.patchbay.frontend;

/** The state of a NIC's link, as its guest sees it. Any thread. */
final class Link {

  private volatile boolean up = true;

  boolean isUp() {
    return up;
  }

  void set(boolean nowUp) {
    up = nowUp;
  }
}
