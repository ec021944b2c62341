package org.patchbay.disconnectable;

import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.patchbay.api.control.StuckThread;

/** The threads that were given up inside a vendor's call, until that returns. Any thread. */
final class StuckThreads {

  /** One of them. */
  record Entry(
      Thread thread, String call, String endpoint, String origin, String holder, Instant since) {

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
    entries.add(entry);
  }

  void remove(Entry entry) {
    entries.removeIf(each -> each == entry);
  }

  /** How many there are in calls of a bundle. */
  int of(String origin) {
    return (int) entries.stream().filter(each -> each.origin().equals(origin)).count();
  }

  /** All, oldest first. */
  List<StuckThread> all() {
    return entries.stream().map(Entry::describe).toList();
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
