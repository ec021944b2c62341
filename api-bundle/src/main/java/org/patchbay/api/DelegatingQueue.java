package org.patchbay.api;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A queue that passes every call on to another. Wrappers extend it and override what they change,
 * so that an optional method is never hidden by accident.
 */
public class DelegatingQueue implements Queue {

  private final Queue delegate;

  /**
   * @param delegate where calls go to
   */
  protected DelegatingQueue(Queue delegate) {
    this.delegate = Objects.requireNonNull(delegate, "delegate");
  }

  /** Where calls go to. */
  protected final Queue delegate() {
    return delegate;
  }

  @Override
  public void updateTargetVp(int targetVp) {
    delegate.updateTargetVp(targetVp);
  }

  @Override
  public boolean pollReady(BufferAccess buffers) {
    return delegate.pollReady(buffers);
  }

  @Override
  public int rxAvail(BufferAccess buffers, int[] ids, int count) {
    return delegate.rxAvail(buffers, ids, count);
  }

  @Override
  public int rxPoll(BufferAccess buffers, int[] ids, int space) {
    return delegate.rxPoll(buffers, ids, space);
  }

  @Override
  public int txAvail(BufferAccess buffers, TxBatch batch) {
    return delegate.txAvail(buffers, batch);
  }

  @Override
  public int txPoll(BufferAccess buffers, int[] ids, int space) {
    return delegate.txPoll(buffers, ids, space);
  }

  @Override
  public QueueStatistics statistics() {
    return delegate.statistics();
  }

  @Override
  public @Nullable Throwable failure() {
    return delegate.failure();
  }

  @Override
  public void close() {
    delegate.close();
  }
}
