package org.patchbay.api;

/** What an endpoint wants of its frontend. */
public sealed interface EndpointAction {

  /** Close the queues and open them anew: what is behind them, or a capability, has changed. */
  record RestartRequired() implements EndpointAction {}

  /**
   * The state of the backend's link changed.
   *
   * @param up whether the link is up
   */
  record LinkStatusNotify(boolean up) implements EndpointAction {}
}
