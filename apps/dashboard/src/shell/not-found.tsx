import { Anchor } from '@mantine/core';
import { BarePage } from './bare-page.js';
import { basePath } from './base-path.js';

export function NotFoundPage() {
  return (
    <BarePage title="There is no such page" lead="The address may be mistyped, or what it led to is gone.">
      <Anchor href={`${basePath}/`}>To the dashboard</Anchor>
    </BarePage>
  );
}
