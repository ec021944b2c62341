package org.patchbay.api;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An endpoint that passes every call on to another. Wrappers extend it and override what they
 * change, so that a capability or an optional method is never hidden by accident.
 */
public class DelegatingEndpoint implements Endpoint {

  private final Endpoint delegate;

  /**
   * @param delegate where calls go to
   */
  protected DelegatingEndpoint(Endpoint delegate) {
    this.delegate = Objects.requireNonNull(delegate, "delegate");
  }

  /** Where calls go to. */
  protected Endpoint delegate() {
    return delegate;
  }

  @Override
  public String endpointType() {
    return delegate().endpointType();
  }

  @Override
  public List<Queue> getQueues(List<QueueConfig> configs, @Nullable RssConfig rss)
      throws EndpointException {
    return delegate().getQueues(configs, rss);
  }

  @Override
  public void stop() {
    delegate().stop();
  }

  @Override
  public boolean isOrdered() {
    return delegate().isOrdered();
  }

  @Override
  public TxOffloadSupport txOffloadSupport() {
    return delegate().txOffloadSupport();
  }

  @Override
  public boolean carriesVlan() {
    return delegate().carriesVlan();
  }

  @Override
  public MultiQueueSupport multiQueueSupport() {
    return delegate().multiQueueSupport();
  }

  @Override
  public boolean txFastCompletions() {
    return delegate().txFastCompletions();
  }

  @Override
  public long linkSpeed() {
    return delegate().linkSpeed();
  }

  @Override
  public void setDataPathToGuestVf(boolean useVf) throws EndpointException {
    delegate().setDataPathToGuestVf(useVf);
  }

  @Override
  public boolean getDataPathToGuestVf() throws EndpointException {
    return delegate().getDataPathToGuestVf();
  }

  @Override
  public EndpointAction waitForEndpointAction() throws InterruptedException {
    return delegate().waitForEndpointAction();
  }

  @Override
  public void inspect(InspectNode node) {
    delegate().inspect(node);
  }
}
