import createClient from 'openapi-fetch';
import type { paths as WinDev } from './windev.js';
import type { paths as Winddle } from './winddle.js';
import type { paths as Webhooks } from './webhooks.js';

/** What came of an answer that is typed; a refusal ends the run. */
const got = <T>(answer: { data?: T; error?: unknown }): T => {
  if (answer.data === undefined) throw new Error(JSON.stringify(answer.error));
  return answer.data;
};

export const readme = async (baseUrl: string, key: string, token: string): Promise<string[]> => {
  const windev = createClient<WinDev>({ baseUrl, headers: { 'X-API-Key': key } });
  const status = got(await windev.GET('/api/v1/windev/status'));
  const synced = got(await windev.POST('/api/v1/windev/products/sync', {
    body: [{ reference: 'ART-001', ean: '3760000000001', name: 'Support TV mural fixe', price_ht: 18.5, stock: 42 }],
  }));
  const listed = got(await windev.GET('/api/v1/windev/products', { params: { query: { page: 1, limit: 100, search: 'support tv' } } }));
  const patched = got(await windev.PATCH('/api/v1/windev/products/{reference}', {
    params: { path: { reference: 'ART-001' } }, body: { stock: 38, ce_marked: true },
  }));
  const counted = got(await windev.POST('/api/v1/windev/stock/update', { body: [{ ean: '3760000000001', stock: 42 }] }));
  const since = got(await windev.GET('/api/v1/windev/products/since/{timestamp}', { params: { path: { timestamp: '0' } } }));
  const absent = await windev.GET('/api/v1/windev/products/{reference}', { params: { path: { reference: 'NOWHERE' } } });

  const winddle = createClient<Winddle>({ baseUrl, headers: { Authorization: `Bearer ${token}` } });
  const created = got(await winddle.POST('/api/v1/products', {
    body: { name: 'TestCreationProduit', reference: 'TestProduit-001', color: 'Blanc' },
  }));
  const shown = got(await winddle.GET('/api/v1/products/{key}', { params: { path: { key: String(created.product.id) } } }));

  const webhooks = createClient<Webhooks>({ baseUrl, headers: { 'X-API-Key': key } });
  const subscribed = got(await webhooks.POST('/api/v1/webhooks', {
    body: { name: 'shop', url: 'https://shop.example/hooks', events: ['product.*', 'stock.updated'] },
  }));

  return [
    status.data.api,
    `${synced.data[0].reference} ${synced.data[0].status}`,
    `${listed.total} listed, the first ${listed.data[0].name}`,
    `${patched.data.stock} ${patched.data.ce_marked} ${patched.data.stocks[0].supplier_code}`,
    `${counted.data[0].ean} ${counted.data[0].status}`,
    `${since.data.length} changed`,
    `${absent.response.status} ${absent.error?.message}`,
    `${shown.product.name} ${shown.product.color}`,
    `${subscribed.events.join(' ')} ${subscribed.secret?.slice(0, 6)}`,
  ];
};
