package org.patchbay.benchmarks.macswap;

/**
 * Ids in the order in which they came, in one array with room for them to run on: taken from the
 * front, added at the end, and moved to the start of the array when its end is reached, so that
 * they always lie one behind the other. Grows when there are more than ever before and allocates
 * nothing otherwise.
 */
final class IdLine {

  private static final int INITIAL_SIZE = 2048;

  private int[] ids = new int[INITIAL_SIZE];
  private int first;
  private int end;

  /** How many ids there are. */
  int count() {
    return end - first;
  }

  /** Where the ids lie; until the next {@link #add}. */
  int[] array() {
    return ids;
  }

  /** Index of the first id. */
  int first() {
    return first;
  }

  /** Removes the first ids. */
  void remove(int count) {
    first += count;
  }

  /** Appends ids. */
  void add(int[] source, int from, int count) {
    if (end + count > ids.length) {
      moveToStart(count);
    }
    System.arraycopy(source, from, ids, end, count);
    end += count;
  }

  private void moveToStart(int more) {
    int count = count();
    int[] target = count + more > ids.length / 2 ? new int[(count + more) * 2] : ids;
    System.arraycopy(ids, first, target, 0, count);
    ids = target;
    first = 0;
    end = count;
  }
}
