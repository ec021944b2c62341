package org.patchbay.launcher;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.osgi.service.log.LogLevel;

/**
 * The one way to end: stops the platform in order, removes {@code run/}, halts with a status.
 *
 * <p>{@link #run} is the JVM's shutdown hook, so a signal, the end of the prompt and a failed start
 * all come here.
 */
final class Ending {
  /** How long an orderly end may take; the process is gone within 5 s of its signal. */
  private static final Duration STOP_LIMIT = Duration.ofMillis(4_500);

  private static volatile boolean failed;

  private final Home home;
  private final PlatformLog log;
  private volatile @Nullable Platform platform;

  Ending(Home home, PlatformLog log) {
    this.home = home;
    this.log = log;
  }

  /** Has this platform stopped at the end. */
  void watch(Platform started) {
    platform = started;
  }

  /**
   * Makes the process end with a status that says so; called before the exit that runs the hook.
   */
  static void failed() {
    failed = true;
  }

  void run() {
    boolean orderly = !failed;
    log.platformEnds();
    try {
      orderly &= stopPlatform();
      log.close();
      home.close();
    } catch (Throwable e) { // Nothing is above this thread; the process must end all the same.
      orderly = false;
      System.err.println("patchbay: The end of the platform went wrong: " + e);
    }
    // A signal's own exit status would be 143: an orderly end is a success.
    Runtime.getRuntime().halt(orderly ? 0 : 1);
  }

  private boolean stopPlatform() throws Exception {
    Platform running = platform;
    if (running == null || running.stop(STOP_LIMIT)) {
      log.write(LogLevel.INFO, "The platform has ended.", null);
      return true;
    }
    log.write(
        LogLevel.ERROR,
        "The platform did not stop within "
            + STOP_LIMIT.toMillis()
            + " ms and is ended by force; not stopped: "
            + String.join(", ", running.unstoppedBundles()),
        null);
    return false;
  }
}
