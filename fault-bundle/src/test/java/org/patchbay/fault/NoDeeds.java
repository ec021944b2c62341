package org.patchbay.fault;

/** For endpoints that are in no service registry. */
final class NoDeeds implements ServiceDeeds {

  @Override
  public void takeName() {
    throw new AssertionError("no name is taken here");
  }

  @Override
  public void unregister() {
    throw new AssertionError("nothing is registered here");
  }

  @Override
  public void registerMany() {
    throw new AssertionError("nothing is registered here");
  }
}
