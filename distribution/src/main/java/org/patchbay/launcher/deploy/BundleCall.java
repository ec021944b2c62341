package org.patchbay.launcher.deploy;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleException;

/**
 * A call of the framework that runs a stranger's code, such as a bundle's start, on a thread of its
 * own: the one that waits is not held for ever if the stranger does not return. The thread is a
 * daemon, bears the bundle's name, and ends with the call.
 */
final class BundleCall {

  /** Something that may take for ever. */
  interface Action {
    void run() throws BundleException;
  }

  private final Thread thread;
  private volatile @Nullable Throwable thrown;

  /** Begins the call. */
  BundleCall(String name, Action action) {
    thread =
        new Thread(
            () -> {
              try {
                action.run();
              } catch (Throwable e) { // a stranger's code
                thrown = e;
              }
            },
            name);
    thread.setDaemon(true);
    thread.start();
  }

  /**
   * Waits for the end of the call.
   *
   * @return whether it has ended within the limit
   */
  boolean await(long limitMillis) throws InterruptedException {
    thread.join(limitMillis);
    return !thread.isAlive();
  }

  /** Whether it goes on. */
  boolean isRunning() {
    return thread.isAlive();
  }

  /** What it threw, once it has ended; null if nothing. */
  @Nullable Throwable thrown() {
    return thrown;
  }

  /** The name of its thread, and for how long a sentence says that it has been waited for. */
  String describe(long limitMillis) {
    return "within "
        + TimeUnit.MILLISECONDS.toSeconds(limitMillis)
        + " s; its thread is '"
        + thread.getName()
        + "'";
  }
}
