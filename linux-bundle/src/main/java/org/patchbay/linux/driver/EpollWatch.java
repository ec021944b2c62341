package org.patchbay.linux.driver;

import org.patchbay.api.Watch;

/** A descriptor's place in a worker's wait. The fields are the worker's, except {@link #closed}. */
final class EpollWatch implements Watch {
  private final EpollWait wait;
  private final int descriptor;
  private final long token;
  private volatile boolean closed;
  private int armed;
  private int ready;

  EpollWatch(EpollWait wait, int descriptor, long token) {
    this.wait = wait;
    this.descriptor = descriptor;
    this.token = token;
  }

  int descriptor() {
    return descriptor;
  }

  long token() {
    return token;
  }

  int armed() {
    return armed;
  }

  @Override
  public void arm(int interest) {
    int wanted = armed | interest & (READABLE | WRITABLE);
    if (wanted != armed && !closed) {
      armed = wanted;
      wait.arm(this, wanted);
    }
  }

  /** Notes what happened; the watch rests until it is armed again. Whether that was anything. */
  boolean fire(int interest) {
    armed = 0;
    ready |= interest;
    return interest != 0;
  }

  @Override
  public int takeReady() {
    int taken = ready;
    ready = 0;
    return taken;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      wait.remove(this);
    }
  }
}
