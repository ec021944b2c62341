package org.patchbay.fault;

/** What an endpoint can do wrong with the service registry. Any thread; each does it once. */
interface ServiceDeeds {

  /** Registers a second endpoint by a name that is taken. */
  void takeName();

  /** Unregisters the endpoint. */
  void unregister();

  /** Registers very many endpoints. */
  void registerMany();
}
