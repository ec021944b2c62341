package org.patchbay.launcher;

import java.util.concurrent.CountDownLatch;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;

/** A bundle's activator that never comes back from its stop. */
public final class StuckStop implements BundleActivator {
  @Override
  public void start(BundleContext context) {}

  @Override
  public void stop(BundleContext context) throws InterruptedException {
    new CountDownLatch(1).await();
  }
}
