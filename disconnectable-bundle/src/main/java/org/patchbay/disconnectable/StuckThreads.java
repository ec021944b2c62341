package org.patchbay.disconnectable;

import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.control.StuckThread;

/**
 * The threads that were given up inside a vendor's call, until that returns. Of the calls of
 * queues, too: these the engine shows with its NIC, but a bundle's count is of all. Any thread.
 */
final class StuckThreads {

  /**
   * One of them.
   *
   * @param gate of the queue that the thread is inside of; null if it is in a control call, which
   *     removes the entry when it returns
   */
  record Entry(
      Thread thread,
      String call,
      String endpoint,
      String origin,
      String holder,
      Instant since,
      @Nullable Gate gate) {

    Entry(
        Thread thread, String call, String endpoint, String origin, String holder, Instant since) {
      this(thread, call, endpoint, origin, holder, since, null);
    }

    private boolean isOver() {
      return gate != null && gate.inside() != thread;
    }

    private StuckThread describe() {
      return new StuckThread(
          Sentences.clip(thread.getName(), 64),
          call,
          endpoint,
          origin,
          holder,
          since,
          at(thread.getStackTrace()));
    }
  }

  private final List<Entry> entries = new CopyOnWriteArrayList<>();

  void add(Entry entry) {
    forgetReturned();
    entries.add(entry);
  }

  /** Removes those that have come out of their queues. */
  void forgetReturned() {
    entries.removeIf(Entry::isOver);
  }

  void remove(Entry entry) {
    entries.removeIf(each -> each == entry);
  }

  /** How many there are in calls of a bundle. */
  int of(String origin) {
    return (int) present().filter(each -> each.origin().equals(origin)).count();
  }

  /** All, oldest first. */
  List<StuckThread> all() {
    return present().map(Entry::describe).toList();
  }

  /** Those in control calls for a holder, oldest first. */
  List<StuckThread> inControlCallsOf(String holder) {
    return present()
        .filter(each -> each.gate() == null && each.holder().equals(holder))
        .map(Entry::describe)
        .toList();
  }

  private Stream<Entry> present() {
    return entries.stream().filter(each -> !each.isOver());
  }

  private static String at(StackTraceElement[] stack) {
    for (StackTraceElement frame : stack) {
      String type = frame.getClassName();
      if (!type.startsWith("java.") && !type.startsWith("jdk.") && !type.startsWith("sun.")) {
        return Sentences.clip(frame.toString(), 200);
      }
    }
    return "its end";
  }
}
