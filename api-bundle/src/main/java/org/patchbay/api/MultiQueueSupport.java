package org.patchbay.api;

/**
 * How many queues an endpoint can have.
 *
 * @param maxQueues 1 to 65535
 * @param indirectionTableSize entries of the RSS indirection table, 0 to 65535
 */
public record MultiQueueSupport(int maxQueues, int indirectionTableSize) {

  /** One queue, no indirection table. */
  public static final MultiQueueSupport SINGLE = new MultiQueueSupport(1, 0);

  public MultiQueueSupport {
    if (maxQueues < 1 || maxQueues > 65535) {
      throw new IllegalArgumentException("maxQueues is " + maxQueues + "; allowed are 1 to 65535");
    }
    if (indirectionTableSize < 0 || indirectionTableSize > 65535) {
      throw new IllegalArgumentException(
          "indirectionTableSize is " + indirectionTableSize + "; allowed are 0 to 65535");
    }
  }
}
