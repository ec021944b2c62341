package org.patchbay.fault;

import java.io.FileInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/**
 * Leaves threads and descriptors behind in each call that has the fault. Bounded in all, and freed
 * when the configuration ends, so that whoever counts them is left with what there was. Any thread.
 */
final class Leak implements Deed {

  /** Most threads, and most descriptors, of one configuration. */
  static final int MOST = 10_000;

  private final int threads;
  private final int descriptors;
  private final Helpers helpers;
  private final CountDownLatch end = new CountDownLatch(1);
  // All guarded by this.
  private final List<FileInputStream> open = new ArrayList<>();
  private int started;
  private boolean closed;

  /**
   * @param threads how many each call leaves behind
   * @param descriptors how many
   */
  Leak(int threads, int descriptors, Helpers helpers) {
    this.threads = threads;
    this.descriptors = descriptors;
    this.helpers = helpers;
  }

  @Override
  public synchronized void commit() {
    if (closed) {
      return;
    }
    for (int i = 0; i < threads && started < MOST; i++) {
      if (helpers.start("leak " + ++started, this::idle)) {
        continue;
      }
      return;
    }
    try {
      for (int i = 0; i < descriptors && open.size() < MOST; i++) {
        open.add(new FileInputStream("/dev/null"));
      }
    } catch (IOException e) {
      // No more to be had: that is what a leak comes to.
    }
  }

  private void idle() {
    try {
      end.await();
    } catch (InterruptedException e) {
      // The configuration ends.
    }
  }

  /** Frees everything. */
  synchronized void close() {
    closed = true;
    end.countDown();
    for (FileInputStream each : open) {
      try {
        each.close();
      } catch (IOException e) {
        // A null device; there is nothing to lose.
      }
    }
    open.clear();
  }
}
