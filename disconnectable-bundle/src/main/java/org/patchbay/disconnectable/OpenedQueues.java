package org.patchbay.disconnectable;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.Queue;

/** Checks what a vendor's getQueues answered. */
final class OpenedQueues {

  private OpenedQueues() {}

  /**
   * A copy of the list, which is the vendor's own class and may change, or never end.
   *
   * @param wanted how many queues there must be, each another
   * @param close closes one; never throws
   * @throws IllegalStateException if they are not; those that came are closed then
   */
  static List<Queue> copy(@Nullable List<Queue> opened, int wanted, Consumer<Queue> close) {
    if (opened == null) {
      throw new IllegalStateException("it answered null where " + wanted + " queues were due");
    }
    Set<Queue> queues = Collections.newSetFromMap(new IdentityHashMap<>());
    List<Queue> copy = new ArrayList<>();
    String problem = null;
    Iterator<@Nullable Queue> all = opened.iterator();
    int count = 0;
    while (all.hasNext() && count <= 2 * wanted) {
      Queue queue = all.next();
      count++;
      if (queue == null) {
        problem = "it answered a queue of null";
      } else if (!queues.add(queue)) {
        problem = "it answered the same queue twice";
      } else {
        copy.add(queue);
      }
    }
    if (problem == null && count != wanted) {
      problem =
          "it answered "
              + (count > 2 * wanted ? "more than " + 2 * wanted : count)
              + " queues where "
              + wanted
              + " were asked for";
    }
    if (problem != null) {
      copy.forEach(close);
      throw new IllegalStateException(problem);
    }
    return copy;
  }
}
