package org.patchbay.frontend;

/** Runs what others gave the engine to run, on a thread that has more to do. */
final class Safely {

  private Safely() {}

  /** Runs an action. What it throws is told to operators and ends nothing else. */
  @SuppressWarnings("CatchingUnchecked") // of others; the thread has more to do
  static void run(Runnable action) {
    try {
      action.run();
    } catch (RuntimeException | Error e) {
      // As if it had ended this thread, but that it goes on.
      Thread here = Thread.currentThread();
      here.getUncaughtExceptionHandler().uncaughtException(here, e);
    }
  }
}
